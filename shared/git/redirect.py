"""Which redirects are followed (reliability-security.md G-03).

Never from https to http, never out of HTTP, never from a public to a private address: a server on
the internet has no business in sending us to one within the cluster.
"""

from __future__ import annotations

import ipaddress
import socket

from shared.git.error import GitError, InvalidLocation
from shared.git.location import Location, parse


def followed(here: Location, sent_to: str) -> Location:
    """The repository that a redirect leads to. Raises GitError where it is not followed."""
    try:
        there = parse(sent_to)
    except InvalidLocation as problem:
        raise GitError(f"the remote redirects to a place that is not followed: {problem}") from None
    if there.scheme not in {"http", "https"} or (here.scheme, there.scheme) == ("https", "http"):
        raise GitError(f"the remote redirects from {here.scheme} to {there.scheme}")
    if there.host != here.host and is_private(there.host) and not is_private(here.host):
        raise GitError(f"the remote redirects to the private address {there.host}")
    return there


def is_private(host: str) -> bool:
    """Whether a host is, or has, an address that is not of the public internet. A name that nobody
    knows has none."""
    try:
        found = socket.getaddrinfo(host, None)
    except OSError:
        return False
    addresses = (ipaddress.ip_address(str(one[4][0]).partition("%")[0]) for one in found)
    return any(not address.is_global for address in addresses)
