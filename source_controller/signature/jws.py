"""notation's signatures in JWS envelopes. Pure."""

from __future__ import annotations

import base64
import binascii

from source_controller.signature.envelope import Header, Signed, signed_by
from source_controller.signature.payload import decoded, mapping, parsed
from source_controller.signature.problem import NotSigned

MEDIA_TYPE = "application/jose+json"


def read(envelope: bytes) -> Signed:
    """Read an envelope. Raises NotSigned where it is none, or its signature is not right."""
    whole = parsed(envelope)
    protected, payload = whole.get("protected"), whole.get("payload")
    if not isinstance(protected, str) or not isinstance(payload, str):
        raise NotSigned("a signature is no JWS envelope")
    said = parsed(_plain(protected))
    listed = mapping(whole.get("header")).get("x5c")
    chain = [decoded(one) for one in listed] if isinstance(listed, list) else []
    header = Header(str(said.get("alg")), said.get("cty"), said.get("crit"), said, ("alg", "cty"))
    signature = _plain(whole.get("signature"))
    return signed_by(header, chain, _plain(payload), signature, f"{protected}.{payload}".encode())


def _plain(said: object) -> bytes:
    """The bytes of a text in base64 for URLs, without padding."""
    if not isinstance(said, str) or "=" in said:
        raise NotSigned("a signature is no JWS envelope")
    try:
        padded = said.replace("-", "+").replace("_", "/") + "=" * (-len(said) % 4)
        return base64.b64decode(padded, validate=True)
    except binascii.Error:
        raise NotSigned("a signature is no JWS envelope") from None
