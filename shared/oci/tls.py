"""Whom we trust and who we are, on the connections to one registry."""

from __future__ import annotations

import ssl
from functools import lru_cache

from shared import tls
from shared.oci.credential import Access
from shared.oci.error import InvalidAccess


def context_of(access: Access) -> ssl.SSLContext:
    """The machine's authorities and that of the access, and its client certificate.

    Raises InvalidAccess where a certificate or key cannot be read. No part of it is quoted.
    """
    material = tls.Material(access.authority, access.certificate, access.key)
    if not material:
        return _plain(insecure=access.insecure)
    try:
        return tls.context_of(material, insecure=access.insecure)
    except tls.TlsProblem as problem:
        raise InvalidAccess(str(problem)) from None


@lru_cache(maxsize=2)
def _plain(*, insecure: bool) -> ssl.SSLContext:
    """Reading the machine's authorities takes a while: once is enough for all who add nothing."""
    return tls.context_of(tls.Material(), insecure=insecure)
