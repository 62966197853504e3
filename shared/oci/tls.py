"""Whom we trust and who we are, on the connections to one registry."""

from __future__ import annotations

import os
import ssl
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path

from shared.oci.credential import Access
from shared.oci.error import InvalidAccess

LONGEST = 1024 * 1024


def context_of(access: Access) -> ssl.SSLContext:
    """The machine's authorities and that of the access, and its client certificate.

    Raises InvalidAccess where a certificate or key cannot be read. No part of it is quoted.
    """
    if not (access.authority or access.certificate or access.key):
        return _plain(insecure=access.insecure)
    context = _new(insecure=access.insecure and not access.authority)
    try:
        if max(map(len, (access.authority, access.certificate, access.key))) > LONGEST:
            raise ValueError
        if access.authority:
            context.load_verify_locations(cadata=access.authority)
        if access.certificate or access.key:
            _introduce(context, access)
    except (ssl.SSLError, ValueError, OSError):
        raise InvalidAccess(
            "the TLS certificates cannot be used: ca.crt has to hold PEM certificates, and tls.crt "
            "and tls.key have to belong together"
        ) from None
    return context


@lru_cache(maxsize=2)
def _plain(*, insecure: bool) -> ssl.SSLContext:
    """Reading the machine's authorities takes a while: once is enough for all who add nothing."""
    return _new(insecure=insecure)


def _new(*, insecure: bool) -> ssl.SSLContext:
    context = ssl.create_default_context()
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    if insecure:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context


def _introduce(context: ssl.SSLContext, access: Access) -> None:
    with _file(access.certificate) as certificate, _file(access.key) as key:
        # A key with a passphrase would ask for it at the terminal.
        context.load_cert_chain(certificate, key, password=lambda: b"")


@contextmanager
def _file(content: str) -> Iterator[str]:
    """A path that gives `content` and is gone afterwards: OpenSSL reads certificates from files
    only. In memory where the system can do that."""
    if hasattr(os, "memfd_create"):
        with os.fdopen(os.memfd_create("certificate"), "wb") as memory:
            memory.write(content.encode())
            memory.flush()
            yield f"/proc/self/fd/{memory.fileno()}"
        return
    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory) / "certificate"
        path.touch(0o600)
        path.write_text(content)
        yield str(path)
