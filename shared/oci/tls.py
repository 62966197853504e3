"""Whom we trust and who we are, on the connections to one registry."""

from __future__ import annotations

import ssl
from functools import lru_cache

from shared import tls
from shared.oci.credential import Access
from shared.oci.error import InvalidAccess

MOST = 16
"""Contexts that are kept; each holds the machine's authorities, which are half a megabyte."""


def context_of(access: Access) -> ssl.SSLContext:
    """The machine's authorities and that of the access, and its client certificate. Those who trust
    the same and have no certificate to show share one.

    Raises InvalidAccess where a certificate or key cannot be read. No part of it is quoted.
    """
    try:
        if not access.certificate and not access.key:
            return _trusting(access.authority, insecure=access.insecure)
        material = tls.Material(access.authority, access.certificate, access.key)
        return tls.context_of(material, insecure=access.insecure)
    except tls.TlsProblem as problem:
        raise InvalidAccess(str(problem)) from None


@lru_cache(maxsize=MOST)
def _trusting(authority: str, *, insecure: bool) -> ssl.SSLContext:
    """Reading the machine's authorities takes a while, and an authority is no secret."""
    return tls.context_of(tls.Material(authority), insecure=insecure)
