"""cosign's signatures with keys: whether one of the keys made one of them."""

from __future__ import annotations

from collections.abc import Sequence

from source_controller.signature.finding import Repository, Simple, bundles_of, simple_signings_of
from source_controller.signature.key import Key, is_signed, keys_of
from source_controller.signature.payload import (
    Envelope,
    decoded,
    is_simple_signing_of,
    is_statement_of,
    parsed,
)
from source_controller.signature.problem import NotSigned
from source_controller.signature.trust import Trust

SIGNATURE = "dev.cosignproject.cosign/signature"


async def verify_with_keys(repository: Repository, digest: str, trust: Trust) -> None:
    """Raises NotSigned where none of the keys signed the artifact, OciError where the registry does
    not tell, and another SignatureProblem. The transparency log is not looked at, as in Flux."""
    keys = keys_of(trust.entries or {})
    for bundle in await bundles_of(repository, digest):
        if is_bundle_of(bundle, digest, keys):
            return
    for simple in await simple_signings_of(repository, digest):
        if is_simple_of(simple, digest, keys):
            return
    raise NotSigned(f"no matching signatures were found for '{digest}'")


def is_bundle_of(bundle: bytes, digest: str, keys: Sequence[Key]) -> bool:
    """Whether a bundle holds cosign's statement about a digest, signed with one of the keys."""
    envelope = Envelope.of(parsed(bundle).get("dsseEnvelope"))
    if envelope is None or not is_statement_of(envelope.kind, envelope.payload, digest):
        return False
    signed = envelope.signed()
    return any(is_signed(key, envelope.signature, signed) for key in keys)


def is_simple_of(simple: Simple, digest: str, keys: Sequence[Key]) -> bool:
    """The same for a signature of the older form."""
    signature = decoded(simple.annotations.get(SIGNATURE))
    if not signature or not is_simple_signing_of(simple.payload, digest):
        return False
    return any(is_signed(key, signature, simple.payload) for key in keys)
