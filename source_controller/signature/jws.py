"""notation's signatures in JWS envelopes: what is signed, how, and by which certificates. Pure."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from source_controller.signature.payload import decoded, mapping, parsed
from source_controller.signature.problem import NotSigned

MEDIA_TYPE = "application/jose+json"
PAYLOAD = "application/vnd.cncf.notary.payload.v1+json"
X509 = "notary.x509"
AUTHORITY = "notary.x509.signingAuthority"
MOST_CERTIFICATES = 20

_SCHEME = "io.cncf.notary.signingScheme"
_TIME = "io.cncf.notary.signingTime"
_AUTHENTIC_TIME = "io.cncf.notary.authenticSigningTime"
_EXPIRY = "io.cncf.notary.expiry"
_UNDERSTOOD = frozenset({"alg", "cty", _SCHEME, _TIME, _AUTHENTIC_TIME, _EXPIRY})
_RSA = {2_048: ("PS256", hashes.SHA256()), 3_072: ("PS384", hashes.SHA384()),
    4_096: ("PS512", hashes.SHA512())}  # fmt: skip
_EC = {256: ("ES256", hashes.SHA256()), 384: ("ES384", hashes.SHA384()),
    521: ("ES512", hashes.SHA512())}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Signed:
    """A signature that is whole: made by the key of the first certificate over all that is said
    here. `scheme`: who says when it was made; `expiry`: until when it counts, if that is said."""

    payload: Mapping[str, object]
    chain: tuple[x509.Certificate, ...]
    scheme: str
    moment: datetime
    expiry: datetime | None

    def target(self) -> tuple[str, str, int]:
        """Media type, digest and size of what is signed. Raises NotSigned where that is not
        said."""
        said = mapping(self.payload.get("targetArtifact"))
        kind, digest, size = said.get("mediaType"), said.get("digest"), said.get("size")
        if not isinstance(kind, str) or not isinstance(digest, str) or type(size) is not int:
            raise NotSigned("a signature does not say of what it is")
        return kind, digest, size


def read(envelope: bytes) -> Signed:
    """Read an envelope. Raises NotSigned where it is none, or its signature is not right."""
    whole = parsed(envelope)
    protected, payload = whole.get("protected"), whole.get("payload")
    if not isinstance(protected, str) or not isinstance(payload, str):
        raise NotSigned("a signature is no JWS envelope")
    header = parsed(_plain(protected))
    _check_header(header)
    chain = _chain(mapping(whole.get("header")))
    signed = f"{protected}.{payload}".encode()
    _check(chain[0], str(header.get("alg")), _plain(whole.get("signature")), signed)
    scheme = header.get(_SCHEME)
    moment = _moment(header, _TIME if scheme == X509 else _AUTHENTIC_TIME)
    expiry = _moment(header, _EXPIRY) if _EXPIRY in header else None
    if expiry is not None and expiry <= moment:
        raise NotSigned("a signature had expired before it was made")
    return Signed(parsed(_plain(payload)), chain, str(scheme), moment, expiry)


def _check_header(header: Mapping[str, object]) -> None:
    critical = header.get("crit")
    listed = critical if isinstance(critical, list) else []
    if header.get("cty") != PAYLOAD or header.get(_SCHEME) not in {X509, AUTHORITY}:
        raise NotSigned("a signature is of something else, or made by a scheme that is not known")
    if _SCHEME not in listed or not all(one in _UNDERSTOOD for one in listed):
        raise NotSigned("a signature asks for something to be understood that is not")
    needed = {_EXPIRY} & header.keys()
    needed |= {_AUTHENTIC_TIME} if header.get(_SCHEME) == AUTHORITY else set()
    if not needed <= set(listed):
        raise NotSigned("a signature has something in it that it should ask to be understood")


def _chain(header: Mapping[str, object]) -> tuple[x509.Certificate, ...]:
    listed = header.get("x5c")
    if not isinstance(listed, list) or not 1 <= len(listed) <= MOST_CERTIFICATES:
        raise NotSigned("a signature has no certificates with it, or too many")
    try:
        return tuple(x509.load_der_x509_certificate(decoded(one) or b"") for one in listed)
    except ValueError:
        raise NotSigned("a signature has certificates with it that cannot be read") from None


def _check(certificate: x509.Certificate, algorithm: str, signature: bytes, signed: bytes) -> None:
    """Raises NotSigned where a signature was not made with the key of a certificate. The key alone
    says by which algorithm; what the envelope says of it has to agree."""
    key = certificate.public_key()
    try:
        if isinstance(key, rsa.RSAPublicKey) and key.key_size in _RSA:
            name, hashed = _RSA[key.key_size]
            salted = padding.PSS(padding.MGF1(hashed), hashed.digest_size)
            if name == algorithm:
                key.verify(signature, signed, salted, hashed)
                return
        elif isinstance(key, ec.EllipticCurvePublicKey) and key.key_size in _EC:
            name, hashed = _EC[key.key_size]
            if name == algorithm:
                key.verify(_der(signature, key.key_size), signed, ec.ECDSA(hashed))
                return
    except InvalidSignature:
        raise NotSigned("a signature was not made with the key of its certificate") from None
    raise NotSigned(f"a signature is of the algorithm '{algorithm[:20]}', which its key is not for")


def _der(signature: bytes, bits: int) -> bytes:
    """The two numbers of a JWS, in the form that the library takes."""
    size = (bits + 7) // 8
    if len(signature) != 2 * size:
        raise NotSigned("a signature has the wrong length")
    halves = signature[:size], signature[size:]
    return encode_dss_signature(*(int.from_bytes(half, "big") for half in halves))


def _moment(header: Mapping[str, object], name: str) -> datetime:
    said = header.get(name)
    try:
        moment = datetime.fromisoformat(said) if isinstance(said, str) else None
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        raise NotSigned(f"a signature has no moment at '{name}'")
    return moment


def _plain(said: object) -> bytes:
    """The bytes of a text in base64 for URLs, without padding."""
    if not isinstance(said, str) or "=" in said:
        raise NotSigned("a signature is no JWS envelope")
    try:
        padded = said.replace("-", "+").replace("_", "/") + "=" * (-len(said) % 4)
        return base64.b64decode(padded, validate=True)
    except binascii.Error:
        raise NotSigned("a signature is no JWS envelope") from None
