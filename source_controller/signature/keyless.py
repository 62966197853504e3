"""cosign's signatures without keys: a certificate for an identity, and a log of what it signed."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from typing import Protocol

import structlog
from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm

from shared.reconcile.clock import Clock
from source_controller.signature.certificate import Identities, check_logged, vouched
from source_controller.signature.cosign import SIGNATURE
from source_controller.signature.entry import Entry
from source_controller.signature.finding import Repository, Simple, bundles_of, simple_signings_of
from source_controller.signature.key import Key, is_signed
from source_controller.signature.payload import decoded, is_simple_signing_of
from source_controller.signature.problem import (
    InvalidTrust,
    MissingExtra,
    NotSigned,
)
from source_controller.signature.root import Root
from source_controller.signature.trust import Trust

CERTIFICATE = "dev.sigstore.cosign/certificate"
ENTRY = "dev.sigstore.cosign/bundle"
EXTRA = (
    "signatures without keys need the library 'sigstore', which is not installed: install Penstock "
    "with the extra 'keyless' (penstock[keyless])"
)
FRESH = timedelta(days=1)
AGAIN = timedelta(minutes=10)

Fetch = Callable[[], tuple[str, timedelta]]
"""Gets a trusted root, as JSON, and says how long it is good for. Blocking."""

log: structlog.stdlib.BoundLogger = structlog.get_logger()


def fetched() -> tuple[str, timedelta]:
    """The trusted root of the public Sigstore, for a day. Where it cannot be fetched, the last one
    that was, or the one that came with the library, for a while. Raises MissingExtra, or
    InvalidTrust."""
    library = _library()
    try:
        return library.public_root(online=True), FRESH
    except InvalidTrust as problem:
        log.warning("signature.root_not_fetched", error=str(problem))
        return library.public_root(online=False), AGAIN


@dataclass(slots=True)
class PublicRoot:
    """The trusted root of the public Sigstore, as long as it is good for."""

    clock: Clock
    fetch: Fetch = fetched
    text: str = ""
    until: float = 0.0
    alone: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def read(self) -> str:
        """It, as JSON. Raises MissingExtra, or InvalidTrust."""
        async with self.alone:
            if not self.text or self.clock.monotonic() >= self.until:
                self.text, life = await asyncio.to_thread(self.fetch)
                self.until = self.clock.monotonic() + life.total_seconds()
            return self.text


@dataclass(frozen=True, slots=True)
class Keyless:
    """Verifies signatures of identities."""

    public: PublicRoot

    async def verify(self, repository: Repository, digest: str, trust: Trust) -> None:
        """Raises NotSigned where none of the identities signed the artifact, MissingExtra,
        OciError where the registry does not tell, and another SignatureProblem."""
        faults: list[str] = []
        async for check in self._checks(repository, digest, trust):
            try:
                await asyncio.to_thread(check)
            except NotSigned as problem:
                faults.append(str(problem))
            else:
                return
        said = f": {faults[0]}" if faults else ""
        raise NotSigned(f"no matching signatures were found for '{digest}'{said}")

    async def _checks(
        self, repository: Repository, digest: str, trust: Trust
    ) -> AsyncIterator[Callable[[], None]]:
        """For each signature, what raises NotSigned where it does not do. Those of the older form
        are only asked for where no bundle does."""
        identities = Identities(trust.identities)
        root = trust.root or await self.public.read()
        known = Root.of(root)
        for bundle in await bundles_of(repository, digest):
            yield partial(_check_bundle, bundle, digest, identities, root)
        for simple in await simple_signings_of(repository, digest):
            yield partial(check_simple, simple, digest, identities, known)


def check_simple(simple: Simple, digest: str, identities: Identities, root: Root) -> None:
    """Raises NotSigned where a signature of the older form is none of a digest by one of the
    identities."""
    said = simple.annotations
    signature = decoded(said.get(SIGNATURE))
    if not signature or not is_simple_signing_of(simple.payload, digest):
        raise NotSigned("a signature is of another artifact")
    certificate = _certificate(said.get(CERTIFICATE, ""))
    entry = Entry.of(said.get(ENTRY, ""))
    moment = entry.check(root)
    entry.check_about(simple.payload, signature, said[CERTIFICATE].encode())
    # The chain that may come along is not looked at: the trusted root has all of it.
    above = vouched(certificate, root.vouching(moment), moment)
    check_logged(certificate, above[0], root.logs(moment))
    identities.check(certificate)
    key = certificate.public_key()
    if not isinstance(key, Key) or not is_signed(key, signature, simple.payload):
        raise NotSigned("a signature was not made with the key of its certificate")


def _certificate(pem: str) -> x509.Certificate:
    try:
        return x509.load_pem_x509_certificate(pem.encode())
    except (ValueError, UnsupportedAlgorithm):
        raise NotSigned("a signature has no certificate with it") from None


def _check_bundle(bundle: bytes, digest: str, identities: Identities, root: str) -> None:
    _library().check_bundle(bundle, digest, identities, root)


class _Library(Protocol):
    """What is asked of Sigstore's library (source_controller.signature.sigstore_library)."""

    def check_bundle(self, bundle: bytes, digest: str, identities: Identities, root: str) -> None:
        """Raises NotSigned where a bundle is no signature of a digest by one of them."""

    def public_root(self, *, online: bool) -> str:
        """The trusted root of the public Sigstore."""


def _library() -> _Library:
    """The library, loaded when it is first asked for. Raises MissingExtra."""
    try:
        from source_controller.signature import sigstore_library
    except ImportError:
        raise MissingExtra(EXTRA) from None
    return sigstore_library
