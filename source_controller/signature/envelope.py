"""What every signature of notation is made of, whatever the envelope that it is in. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from source_controller.signature.payload import mapping, parsed
from source_controller.signature.problem import NotSigned

PAYLOAD = "application/vnd.cncf.notary.payload.v1+json"
X509 = "notary.x509"
AUTHORITY = "notary.x509.signingAuthority"
MOST_CERTIFICATES = 20

_SCHEME = "io.cncf.notary.signingScheme"
_TIME = "io.cncf.notary.signingTime"
_AUTHENTIC_TIME = "io.cncf.notary.authenticSigningTime"
_EXPIRY = "io.cncf.notary.expiry"
_UNDERSTOOD = frozenset({_SCHEME, _TIME, _AUTHENTIC_TIME, _EXPIRY})
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


@dataclass(frozen=True, slots=True)
class Header:
    """The protected header of an envelope. `kind`: of the payload; `critical`: what has to be
    understood, `plain`: what always is; `fields`: the rest by its names."""

    algorithm: str
    kind: object
    critical: object
    fields: Mapping[str, object]
    plain: Iterable[object] = ()

    def check(self) -> None:
        """Raises NotSigned where it asks for something that is not understood here."""
        listed = self.critical if isinstance(self.critical, list) else []
        scheme = self.fields.get(_SCHEME)
        if self.kind != PAYLOAD or scheme not in {X509, AUTHORITY}:
            raise NotSigned("a signature is of something else, or by a scheme that is not known")
        understood = _UNDERSTOOD | set(self.plain)
        if _SCHEME not in listed or not all(_is_among(one, understood) for one in listed):
            raise NotSigned("a signature asks for something to be understood that is not")
        needed = {_EXPIRY} & self.fields.keys()
        needed |= {_AUTHENTIC_TIME} if scheme == AUTHORITY else set()
        if not needed <= set(listed):
            raise NotSigned("a signature has something in it that it should ask to be understood")


def signed_by(
    header: Header, chain: Sequence[object], payload: bytes, signature: bytes, signed: bytes
) -> Signed:
    """What was signed. `chain`: certificates in DER; `signed`: the bytes that the signature is
    over. Raises NotSigned where it is not right."""
    header.check()
    certificates = _chain(chain)
    _check(certificates[0], header.algorithm, signature, signed)
    fields = header.fields
    scheme = str(fields[_SCHEME])
    moment = _moment(fields, _TIME if scheme == X509 else _AUTHENTIC_TIME)
    expiry = _moment(fields, _EXPIRY) if _EXPIRY in fields else None
    if expiry is not None and expiry <= moment:
        raise NotSigned("a signature had expired before it was made")
    return Signed(parsed(payload), certificates, scheme, moment, expiry)


def _is_among(one: object, understood: frozenset[object]) -> bool:
    return isinstance(one, (str, int)) and one in understood


def _chain(listed: Sequence[object]) -> tuple[x509.Certificate, ...]:
    if not 1 <= len(listed) <= MOST_CERTIFICATES:
        raise NotSigned("a signature has no certificates with it, or too many")
    try:
        return tuple(
            x509.load_der_x509_certificate(one if isinstance(one, bytes) else b"") for one in listed
        )
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


def _moment(fields: Mapping[str, object], name: str) -> datetime:
    """A moment, as text or as seconds since 1970."""
    said = fields.get(name)
    try:
        if type(said) is int:
            return datetime.fromtimestamp(said, UTC)
        moment = datetime.fromisoformat(said) if isinstance(said, str) else said
    except (ValueError, OverflowError, OSError):
        moment = None
    if not isinstance(moment, datetime) or moment.tzinfo is None:
        raise NotSigned(f"a signature has no moment at '{name}'")
    return moment
