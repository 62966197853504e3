"""The way to a host: which proxy leads there, and which hosts are within. Blocking where said."""

from __future__ import annotations

import ipaddress
import socket
import urllib.request
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import unquote, urlsplit, urlunsplit

from shared.oci.error import InvalidAccess, Unreachable

_PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True)
class Origin:
    """Scheme, host and port: what a credential is for."""

    scheme: str
    host: str
    port: int

    @classmethod
    def of(cls, url: str) -> Origin:
        """The origin of an HTTP URL. Raises Unreachable where it is none."""
        try:
            parts = urlsplit(url)
            port = parts.port
        except ValueError:
            raise Unreachable("the registry leads to a URL that cannot be read") from None
        if parts.scheme not in _PORTS or not parts.hostname or "@" in parts.netloc:
            raise Unreachable(f"the registry leads to {bare(url)}, which is no HTTP URL")
        return cls(parts.scheme, parts.hostname.lower(), port or _PORTS[parts.scheme])


@dataclass(frozen=True, slots=True)
class Proxy:
    """A proxy without a user in its URL, and the header that says who we are there, if anybody."""

    url: str
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)


def proxy_of(given: str, target: str) -> Proxy | None:
    """The HTTP proxy to a URL: the one that is given, or that of the environment; none where the
    way is through SOCKS. Raises InvalidAccess, which quotes nothing: proxies have passwords."""
    address = given or _of_environment(target)
    if not address or is_socks(given):
        return None
    try:
        parts = urlsplit(address)
        port = parts.port
    except ValueError:
        raise InvalidAccess("the proxy's address cannot be read") from None
    if parts.scheme not in _PORTS or not parts.hostname:
        raise InvalidAccess(
            "the proxy has to be like http://host:port, https://host:port or socks5://host:port"
        )
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    plain = urlunsplit((parts.scheme, f"{host}:{port or _PORTS[parts.scheme]}", "", "", ""))
    if not parts.username:
        return Proxy(plain)
    pair = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
    return Proxy(plain, {"Proxy-Authorization": f"Basic {b64encode(pair.encode()).decode()}"})


def is_socks(proxy: str) -> bool:
    """Whether a proxy speaks SOCKS, and not HTTP."""
    return proxy.startswith(("socks5://", "socks5h://"))


def is_private(host: str) -> bool:
    """Whether a host is, or has, an address that is not of the public internet. A name that nobody
    knows has none. Blocking."""
    try:
        found = socket.getaddrinfo(host, None)
    except (OSError, UnicodeError):
        return False
    addresses = (ipaddress.ip_address(str(one[4][0]).partition("%")[0]) for one in found)
    return any(not address.is_global for address in addresses)


def is_written_private(host: str) -> bool:
    """Whether a host is an address that is not of the public internet."""
    try:
        return not ipaddress.ip_address(host).is_global
    except ValueError:
        return False


def bare(url: str) -> str:
    """A URL as it may be shown: without user and query, where signatures are."""
    shown = "".join(letter if letter.isprintable() else "_" for letter in url[:1_000])
    start, slashes, rest = shown.partition("?")[0].partition("//")
    authority, slash, path = rest.partition("/")
    return start + slashes + authority.rpartition("@")[2] + slash + path


def _of_environment(target: str) -> str:
    parts = urlsplit(target)
    if urllib.request.proxy_bypass(parts.netloc.rpartition("@")[2]):
        return ""
    return urllib.request.getproxies_environment().get(parts.scheme, "")
