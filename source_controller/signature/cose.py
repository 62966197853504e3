"""notation's signatures in COSE envelopes (RFC 9052). The one door to the CBOR library, which is
loaded only where such a signature is found."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import cast

import cbor2

from source_controller.signature.envelope import Header, Signed, signed_by
from source_controller.signature.problem import NotSigned

MEDIA_TYPE = "application/cose"

_ALGORITHM, _CRITICAL, _KIND, _CHAIN = 1, 2, 3, 33
_SINGLE = 18
_ALGORITHMS = {-7: "ES256", -35: "ES384", -36: "ES512", -37: "PS256", -38: "PS384", -39: "PS512"}


def read(envelope: bytes) -> Signed:
    """Read an envelope. Raises NotSigned where it is none, or its signature is not right."""
    tagged = _decoded(envelope)
    parts = tagged.value if isinstance(tagged, cbor2.CBORTag) and tagged.tag == _SINGLE else None
    if not isinstance(parts, (list, tuple)) or len(parts) != 4:
        raise NotSigned("a signature is no COSE envelope")
    protected, open_, payload, signature = parts
    if not all(isinstance(part, bytes) for part in (protected, payload, signature)):
        raise NotSigned("a signature is no COSE envelope")
    said = _mapping(_decoded(protected))
    chain = _mapping(open_).get(_CHAIN)
    listed = list(chain) if isinstance(chain, (list, tuple)) else [chain]
    signed = cbor2.dumps(["Signature1", protected, b"", payload])
    return signed_by(_header(said), listed, payload, signature, signed)


def _header(said: Mapping[object, object]) -> Header:
    algorithm, critical = said.get(_ALGORITHM), said.get(_CRITICAL)
    listed = list(critical) if isinstance(critical, (list, tuple)) else critical
    fields = {key: _plain(one) for key, one in said.items() if isinstance(key, str)}
    name = _ALGORITHMS.get(algorithm, "") if isinstance(algorithm, int) else ""
    return Header(name, said.get(_KIND), listed, fields, (_ALGORITHM, _KIND))


def _plain(said: object) -> object:
    """Moments are tagged: the library makes them of one tag, and leaves the other to us."""
    return said if isinstance(said, (datetime, str, int)) else None


def _mapping(said: object) -> Mapping[object, object]:
    if not isinstance(said, Mapping):
        raise NotSigned("a signature is no COSE envelope")
    return cast("Mapping[object, object]", said)


def _decoded(data: bytes) -> object:
    try:
        return cast("object", cbor2.loads(data))
    except (cbor2.CBORError, ValueError, TypeError, OverflowError, RecursionError, MemoryError):
        raise NotSigned("a signature is no COSE envelope") from None
