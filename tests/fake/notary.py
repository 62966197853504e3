"""Signatures as notation makes them, by an authority of the tests."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

import cbor2
import orjson
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from tests.fake.oci_artifact import Artifact, Layer, artifact

KIND = "application/vnd.cncf.notary.signature"
ENVELOPE = "application/jose+json"
PAYLOAD = "application/vnd.cncf.notary.payload.v1+json"
SUBJECT: Mapping[str, str] = {"C": "NL", "ST": "Utrecht", "O": "Tests", "CN": "signer"}
NOW = datetime.now(UTC).replace(microsecond=0)

_NAMES = {
    "C": NameOID.COUNTRY_NAME,
    "ST": NameOID.STATE_OR_PROVINCE_NAME,
    "O": NameOID.ORGANIZATION_NAME,
    "OU": NameOID.ORGANIZATIONAL_UNIT_NAME,
    "CN": NameOID.COMMON_NAME,
}
_ALGORITHMS = {
    "RSA 2048": ("PS256", hashes.SHA256()),
    "RSA 3072": ("PS384", hashes.SHA384()),
    "EC 256": ("ES256", hashes.SHA256()),
    "EC 384": ("ES384", hashes.SHA384()),
    "EC 521": ("ES512", hashes.SHA512()),
}

_NUMBERS = {"ES256": -7, "ES384": -35, "ES512": -36, "PS256": -37, "PS384": -38}
_PLACES = {"alg": 1, "crit": 2, "cty": 3}

Key = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey


def key_of(kind: str) -> Key:
    """A key: `EC 256`, `RSA 2048`."""
    bits = int(kind.split()[1])
    if kind.startswith("RSA"):
        return rsa.generate_private_key(65_537, bits)
    return ec.generate_private_key(
        {256: ec.SECP256R1, 384: ec.SECP384R1, 521: ec.SECP521R1}[bits]()
    )


class Notary:
    """An authority, and one below it, that gives certificates to who signs. `lists`: whether it may
    sign lists of those that it revoked."""

    def __init__(self, *, lists: bool = True) -> None:
        self._lists = lists
        self._keys = (
            ec.generate_private_key(ec.SECP256R1()),
            ec.generate_private_key(ec.SECP256R1()),
        )
        root = self._authority("root", self._keys[0], "root", self._keys[0])
        self.chain = (self._authority("middle", self._keys[1], "root", self._keys[0]), root)

    @property
    def key(self) -> Key:
        """What it signs certificates with."""
        return self._keys[1]

    @property
    def certificate(self) -> str:
        """That of the authority, as PEM."""
        return self.chain[-1].public_bytes(Encoding.PEM).decode()

    def signer(
        self,
        kind: str = "EC 256",
        subject: Mapping[str, str] = SUBJECT,
        *,
        days: tuple[int, int] = (-1, 30),
        more: tuple[x509.ExtensionType, ...] = (),
        usage: Mapping[str, bool] | None = None,
        uses: tuple[x509.ObjectIdentifier, ...] = (ExtendedKeyUsageOID.CODE_SIGNING,),
    ) -> Signer:
        """Somebody with a certificate."""
        key = key_of(kind)
        builder = _begun(_name(subject), self.chain[0].subject, key, days)
        builder = builder.add_extension(
            _usage(**(usage or {"digital_signature": True})), critical=True
        )
        if uses:
            builder = builder.add_extension(x509.ExtendedKeyUsage(uses), critical=False)
        for extension in more:
            builder = builder.add_extension(extension, critical=False)
        return Signer(kind, key, (builder.sign(self._keys[1], hashes.SHA256()), *self.chain))

    def answer(
        self,
        one: x509.Certificate,
        *,
        revoked: bool = False,
        days: int = 1,
        by: Signer | Notary | None = None,
    ) -> bytes:
        """What is said of a certificate that it gave. `days`: until when that counts; `by`: who
        says so in its place."""
        status = ocsp.OCSPCertStatus.REVOKED if revoked else ocsp.OCSPCertStatus.GOOD
        builder = ocsp.OCSPResponseBuilder().add_response(
            cert=one,
            issuer=self.chain[0],
            algorithm=hashes.SHA256(),
            cert_status=status,
            this_update=NOW - timedelta(days=2),
            next_update=NOW + timedelta(days=days),
            revocation_time=NOW - timedelta(days=1) if revoked else None,
            revocation_reason=None,
        )
        speaker = by or self
        made = builder.responder_id(ocsp.OCSPResponderEncoding.HASH, speaker.chain[0])
        if isinstance(by, Signer):
            made = made.certificates([by.chain[0]])
        return made.sign(speaker.key, hashes.SHA256()).public_bytes(Encoding.DER)

    def listed(
        self,
        *revoked: x509.Certificate,
        key: Key | None = None,
        days: int = 1,
        more: x509.ExtensionType | None = None,
    ) -> bytes:
        """Its list of revoked certificates."""
        builder = (
            x509.CertificateRevocationListBuilder()
            .issuer_name(self.chain[0].subject)
            .last_update(NOW - timedelta(days=2))
            .next_update(NOW + timedelta(days=days))
        )
        for one in revoked:
            entry = x509.RevokedCertificateBuilder().serial_number(one.serial_number)
            builder = builder.add_revoked_certificate(
                entry.revocation_date(NOW - timedelta(days=1)).build()
            )
        if more is not None:
            builder = builder.add_extension(more, critical=True)
        return builder.sign(key or self.key, hashes.SHA256()).public_bytes(Encoding.DER)

    def _authority(self, name: str, key: Key, above: str, above_key: Key) -> x509.Certificate:
        names = (_name({**SUBJECT, "CN": one}) for one in (name, above))
        return (
            _begun(*names, key, (-2, 365))
            .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
            .add_extension(_usage(key_cert_sign=True, crl_sign=self._lists), critical=True)
            .sign(above_key, hashes.SHA256())
        )


class Signer:
    """A key with its certificates."""

    def __init__(self, kind: str, key: Key, chain: tuple[x509.Certificate, ...]) -> None:
        self._kind = kind
        self.key = key
        self.chain = chain

    def sign(self, signed: Artifact, **other: object) -> Artifact:
        """A signature, as it is kept in a registry. `other`: fields of the protected header that
        say something else; None takes one away."""
        envelope = Layer(self.envelope(signed.descriptor(), **other), ENVELOPE)
        config = Layer(b"{}", KIND)
        return artifact(envelope, config=config, subject=signed, kind=KIND)

    def sign_in_cose(self, signed: Artifact, **other: object) -> Artifact:
        """The same in the other envelope."""
        envelope = Layer(self.cose(signed.descriptor(), **other), "application/cose")
        config = Layer(b"{}", KIND)
        return artifact(envelope, config=config, subject=signed, kind=KIND)

    def cose(self, target: Mapping[str, object], **other: object) -> bytes:
        """The COSE envelope of a descriptor. `other`: entries of the protected header; `alg`,
        `crit` and `cty` for those that have numbers."""
        moment = cbor2.CBORTag(1, int(NOW.timestamp()))
        said: dict[object, object] = {
            1: _NUMBERS[_ALGORITHMS[self._kind][0]],
            2: ["io.cncf.notary.signingScheme"],
            3: PAYLOAD,
            "io.cncf.notary.signingScheme": "notary.x509",
            "io.cncf.notary.signingTime": moment,
        }
        said |= {_PLACES.get(key, key): one for key, one in other.items()}
        protected = cbor2.dumps({key: one for key, one in said.items() if one is not None})
        payload = orjson.dumps({"targetArtifact": dict(target)})
        signature = self._signed(cbor2.dumps(["Signature1", protected, b"", payload]))
        chain = [one.public_bytes(Encoding.DER) for one in self.chain]
        open_ = {33: chain, "io.cncf.notary.signingAgent": "tests"}
        return cbor2.dumps(cbor2.CBORTag(18, [protected, open_, payload, signature]))

    def envelope(self, target: Mapping[str, object], **other: object) -> bytes:
        """The JWS envelope of a descriptor."""
        name, _ = _ALGORITHMS[self._kind]
        header: dict[str, object] = {
            "alg": name,
            "cty": PAYLOAD,
            "crit": ["io.cncf.notary.signingScheme"],
            "io.cncf.notary.signingScheme": "notary.x509",
            "io.cncf.notary.signingTime": NOW.isoformat(),
        }
        header = {key: one for key, one in (header | other).items() if one is not None}
        protected = plain(orjson.dumps(header))
        payload = plain(orjson.dumps({"targetArtifact": dict(target)}))
        return orjson.dumps(
            {
                "payload": payload,
                "protected": protected,
                "header": {
                    "x5c": [
                        base64.b64encode(one.public_bytes(Encoding.DER)).decode()
                        for one in self.chain
                    ],
                    "io.cncf.notary.signingAgent": "tests",
                },
                "signature": plain(self._signed(f"{protected}.{payload}".encode())),
            }
        )

    def _signed(self, data: bytes) -> bytes:
        _, hashed = _ALGORITHMS[self._kind]
        if isinstance(self.key, rsa.RSAPrivateKey):
            salted = padding.PSS(padding.MGF1(hashed), hashed.digest_size)
            return self.key.sign(data, salted, hashed)
        size = (self.key.key_size + 7) // 8
        numbers = decode_dss_signature(self.key.sign(data, ec.ECDSA(hashed)))
        return b"".join(number.to_bytes(size, "big") for number in numbers)


def policy(level: str = "strict", scope: str = "*", **other: object) -> str:
    """A trust policy with one statement."""
    statement: dict[str, object] = {
        "name": "tests",
        "registryScopes": [scope],
        "signatureVerification": {"level": level},
        "trustStores": ["ca:tests"],
        "trustedIdentities": ["*"],
    }
    return orjson.dumps({"version": "1.0", "trustPolicies": [statement | other]}).decode()


def plain(data: bytes) -> str:
    """base64 for URLs, without padding."""
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def _begun(
    subject: x509.Name, above: x509.Name, key: Key, days: tuple[int, int]
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(above)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(NOW + timedelta(days=days[0]))
        .not_valid_after(NOW + timedelta(days=days[1]))
    )


def _name(parts: Mapping[str, str]) -> x509.Name:
    return x509.Name([x509.NameAttribute(_NAMES[key], text) for key, text in parts.items()])


def _usage(**allowed: bool) -> x509.KeyUsage:
    names = (
        "digital_signature", "content_commitment", "key_encipherment", "data_encipherment",
        "key_agreement", "key_cert_sign", "crl_sign", "encipher_only", "decipher_only",
    )  # fmt: skip
    return x509.KeyUsage(**{name: allowed.get(name, False) for name in names})
