"""What a signature says: of which artifact it is. Pure.

cosign has two forms: "simple signing", a JSON document, and an in-toto statement in a DSSE
envelope. An attestation is a statement too, of something else: it is no signature.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass
from typing import cast

import orjson

SIMPLE_SIGNING = "application/vnd.dev.cosign.simplesigning.v1+json"
STATEMENT = "application/vnd.in-toto+json"
PREDICATE = "https://sigstore.dev/cosign/sign/v1"

_SIMPLE = "cosign container image signature"
_STATEMENTS = frozenset({"https://in-toto.io/Statement/v1", "https://in-toto.io/Statement/v0.1"})


@dataclass(frozen=True, slots=True)
class Envelope:
    """A DSSE envelope with one signature."""

    kind: str
    payload: bytes
    signature: bytes

    @classmethod
    def of(cls, said: object) -> Envelope | None:
        """Read one; None where it is none."""
        whole = mapping(said)
        payload = decoded(whole.get("payload"))
        listed = whole.get("signatures")
        if payload is None or not isinstance(listed, list) or len(listed) != 1:
            return None
        signature = decoded(mapping(listed[0]).get("sig"))
        kind = whole.get("payloadType")
        if not signature or not isinstance(kind, str):
            return None
        return cls(kind, payload, signature)

    def signed(self) -> bytes:
        """The bytes that the signature is over (DSSE's pre-authentication encoding)."""
        kind = self.kind.encode()
        return b"DSSEv1 %d %s %d %s" % (len(kind), kind, len(self.payload), self.payload)


def is_statement_of(kind: str, payload: bytes, digest: str) -> bool:
    """Whether a payload is cosign's statement that the artifact of a digest is signed."""
    said = parsed(payload)
    if kind != STATEMENT or said.get("_type") not in _STATEMENTS:
        return False
    subjects = said.get("subject")
    algorithm, _, value = digest.partition(":")
    named = [mapping(one).get("digest") for one in subjects] if isinstance(subjects, list) else []
    return said.get("predicateType") == PREDICATE and any(
        mapping(one).get(algorithm) == value for one in named
    )


def is_simple_signing_of(payload: bytes, digest: str) -> bool:
    """Whether a payload is the older form of the same."""
    critical = mapping(parsed(payload).get("critical"))
    image = mapping(critical.get("image"))
    return critical.get("type") == _SIMPLE and image.get("docker-manifest-digest") == digest


def parsed(data: bytes) -> Mapping[str, object]:
    """A JSON object; an empty one where it is none."""
    try:
        return mapping(orjson.loads(data))
    except orjson.JSONDecodeError:
        return {}


def mapping(said: object) -> Mapping[str, object]:
    """A JSON object; an empty one where it is none."""
    return cast("Mapping[str, object]", said) if isinstance(said, dict) else {}


def decoded(said: object) -> bytes | None:
    """The bytes of a base64 text; None where it is none."""
    if not isinstance(said, str):
        return None
    try:
        return base64.b64decode(said, validate=True)
    except binascii.Error:
        return None
