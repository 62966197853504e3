"""Whom we trust and who we are on a connection over TLS, for all who speak it as Secrets say.

Blocking: reading the machine's authorities takes some 40 ms. Call it in a thread.
"""

from __future__ import annotations

import os
import ssl
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from shared.problem import Problem

LONGEST = 1024 * 1024
"""Characters of one PEM text."""


class TlsProblem(Problem):
    """A certificate or key cannot be used. No part of it is quoted."""


@dataclass(frozen=True, slots=True)
class Material:
    """Certificates of authorities, and a certificate to show with its key: PEM, each may be
    empty."""

    authority: str = ""
    certificate: str = ""
    key: str = field(default="", repr=False)

    def __bool__(self) -> bool:
        return bool(self.authority or self.certificate or self.key)


def context_of(material: Material, *, insecure: bool = False) -> ssl.SSLContext:
    """The machine's authorities and those that are given, and the client certificate. `insecure`:
    whatever the other side shows is taken, where no authority is given.

    Raises TlsProblem where a certificate or key cannot be read.
    """
    context = ssl.create_default_context()
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    if insecure and not material.authority:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    try:
        _equip(context, material)
    except (ssl.SSLError, ValueError, OSError):
        raise TlsProblem(
            "the TLS certificates cannot be used: ca.crt has to hold PEM certificates, and tls.crt "
            "and tls.key have to belong together"
        ) from None
    return context


def _equip(context: ssl.SSLContext, material: Material) -> None:
    if max(map(len, (material.authority, material.certificate, material.key))) > LONGEST:
        raise ValueError
    if material.authority:
        context.load_verify_locations(cadata=material.authority)
    if material.certificate or material.key:
        with _file(material.certificate) as certificate, _file(material.key) as key:
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
