"""Whom we trust and who we are, on one connection: a TLS context of its own for each credential."""

from __future__ import annotations

import os
import ssl
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from shared.git.credential import Credential
from shared.git.error import InvalidCredential


def context_of(credential: Credential) -> ssl.SSLContext:
    """The machine's authorities, those of the credential, and its client certificate.

    Raises InvalidCredential where a certificate or key cannot be read. No part of it is quoted.
    """
    context = ssl.create_default_context()
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    try:
        if credential.authority:
            context.load_verify_locations(cadata=credential.authority)
        if credential.certificate or credential.key:
            _introduce(context, credential)
    except (ssl.SSLError, ValueError, OSError):
        raise InvalidCredential(
            "the TLS certificates cannot be used: ca.crt has to hold PEM certificates, and tls.crt "
            "and tls.key have to belong together"
        ) from None
    return context


def _introduce(context: ssl.SSLContext, credential: Credential) -> None:
    with _file(credential.certificate) as certificate, _file(credential.key.reveal()) as key:
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
