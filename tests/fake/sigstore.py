"""A Sigstore of one's own: an authority, a log of certificates, and a log of signatures.

What it gives out is in cosign's forms, made by their specifications.
"""

from __future__ import annotations

import base64
import hashlib
import struct
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import orjson
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID, ObjectIdentifier

from tests.fake.oci_artifact import Artifact, Layer, artifact

MOMENT = datetime(2026, 1, 1, 12, tzinfo=UTC)
SUBJECT = "https://git.example/apps/.github/workflows/release.yaml@refs/tags/v1"
ISSUER = "https://token.example"
BUNDLE = "application/vnd.dev.sigstore.bundle.v0.3+json"
SIGN = "https://sigstore.dev/cosign/sign/v1"
STATEMENT = "https://in-toto.io/Statement/v1"

_PROMISES = ObjectIdentifier("1.3.6.1.4.1.11129.2.4.2")
_ISSUERS = ("1.3.6.1.4.1.57264.1.1", "1.3.6.1.4.1.57264.1.8")
_SHA256 = ec.ECDSA(hashes.SHA256())


def new_key() -> ec.EllipticCurvePrivateKey:
    return ec.generate_private_key(ec.SECP256R1())


def spki(key: ec.EllipticCurvePrivateKey) -> bytes:
    form = PublicFormat.SubjectPublicKeyInfo
    return key.public_key().public_bytes(Encoding.DER, form)


def b64(data: bytes) -> str:
    return base64.b64encode(data).decode()


def octets(data: bytes) -> bytes:
    """A DER octet string."""
    size = len(data)
    head = bytes([size]) if size < 128 else b"\x82" + struct.pack(">H", size)
    return b"\x04" + head + data


@dataclass
class Signer:
    """A certificate that an authority gave, and its key."""

    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey

    @property
    def pem(self) -> bytes:
        return self.certificate.public_bytes(Encoding.PEM)


@dataclass
class FakeSigstore:
    """`moment`: what it takes for now."""

    moment: datetime = MOMENT
    authority_key: ec.EllipticCurvePrivateKey = field(default_factory=new_key)
    middle_key: ec.EllipticCurvePrivateKey = field(default_factory=new_key)
    certificate_log: ec.EllipticCurvePrivateKey = field(default_factory=new_key)
    entry_log: ec.EllipticCurvePrivateKey = field(default_factory=new_key)

    def __post_init__(self) -> None:
        self.authority = self._authority("root", self.authority_key, "root", self.authority_key)
        self.middle = self._authority("middle", self.middle_key, "root", self.authority_key)

    def trusted_root(self) -> str:
        """trusted_root.json."""
        start = {"start": (self.moment - timedelta(days=365)).isoformat().replace("+00:00", "Z")}
        chain = [self.middle, self.authority]
        return orjson.dumps(
            {
                "mediaType": "application/vnd.dev.sigstore.trustedroot+json;version=0.1",
                "tlogs": [self._log(self.entry_log, "https://rekor.example", start)],
                "certificateAuthorities": [
                    {
                        "subject": {"organization": "tests", "commonName": "root"},
                        "uri": "https://fulcio.example",
                        "certChain": {
                            "certificates": [
                                {"rawBytes": b64(one.public_bytes(Encoding.DER))} for one in chain
                            ]
                        },
                        "validFor": start,
                    }
                ],
                "ctlogs": [self._log(self.certificate_log, "https://ct.example", start)],
                "timestampAuthorities": [],
            }
        ).decode()

    def signer(
        self,
        subject: str = SUBJECT,
        issuer: str = ISSUER,
        *,
        use: ObjectIdentifier = ExtendedKeyUsageOID.CODE_SIGNING,
        log: ec.EllipticCurvePrivateKey | None = None,
        logged: bool = True,
    ) -> Signer:
        """A certificate for an identity, good for ten minutes. `log`: the key of another log that
        promises it."""
        key = new_key()
        name = x509.UniformResourceIdentifier if "://" in subject else x509.RFC822Name
        text = issuer.encode()
        values = (text, b"\x0c" + bytes([len(text)]) + text)
        builder = (
            x509.CertificateBuilder()
            .subject_name(x509.Name([]))
            .issuer_name(self.middle.subject)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(self.moment - timedelta(minutes=5))
            .not_valid_after(self.moment + timedelta(minutes=5))
            .add_extension(_usage(digital_signature=True), critical=True)
            .add_extension(x509.ExtendedKeyUsage([use]), critical=False)
            .add_extension(_above(self.middle_key), critical=False)
            .add_extension(x509.SubjectAlternativeName([name(subject)]), critical=True)
        )
        for place, value in zip(_ISSUERS, values, strict=True):
            extension = x509.UnrecognizedExtension(ObjectIdentifier(place), value)
            builder = builder.add_extension(extension, critical=False)
        if logged:
            before = builder.sign(self.middle_key, hashes.SHA256()).tbs_certificate_bytes
            promise = self._promise(before, log or self.certificate_log)
            extension = x509.UnrecognizedExtension(_PROMISES, octets(promise))
            builder = builder.add_extension(extension, critical=False)
        return Signer(builder.sign(self.middle_key, hashes.SHA256()), key)

    def bundle(self, digest: str, signer: Signer, **other: object) -> bytes:
        """cosign's bundle for a digest. `other`: what the statement says instead."""
        subject = [{"digest": {"sha256": digest.removeprefix("sha256:")}}]
        said = {"_type": STATEMENT, "subject": subject, "predicateType": SIGN, "predicate": {}}
        payload = orjson.dumps(said | other)
        kind = "application/vnd.in-toto+json"
        signed = b"DSSEv1 %d %s %d %s" % (len(kind), kind.encode(), len(payload), payload)
        signature = b64(signer.key.sign(signed, _SHA256))
        envelope = {
            "payload": b64(payload),
            "payloadType": kind,
            "signatures": [{"sig": signature}],
        }
        body = orjson.dumps(
            {
                "apiVersion": "0.0.1",
                "kind": "dsse",
                "spec": {
                    "envelopeHash": _hash(orjson.dumps(envelope)),
                    "payloadHash": _hash(payload),
                    "signatures": [{"signature": signature, "verifier": b64(signer.pem)}],
                },
            }
        )
        material = {
            "certificate": {"rawBytes": b64(signer.certificate.public_bytes(Encoding.DER))},
            "tlogEntries": [self._entry(body, "dsse")],
        }
        return orjson.dumps(
            {"mediaType": BUNDLE, "verificationMaterial": material, "dsseEnvelope": envelope}
        )

    def simple(self, digest: str, signer: Signer, *, about: bytes = b"") -> Layer:
        """cosign's older form, as a layer. `about`: what the entry of the log is of instead."""
        payload = orjson.dumps(
            {
                "critical": {
                    "identity": {"docker-reference": ""},
                    "image": {"docker-manifest-digest": digest},
                    "type": "cosign container image signature",
                },
                "optional": None,
            }
        )
        signature = b64(signer.key.sign(payload, _SHA256))
        body = b64(
            orjson.dumps(
                {
                    "apiVersion": "0.0.1",
                    "kind": "hashedrekord",
                    "spec": {
                        "data": {"hash": _hash(about or payload)},
                        "signature": {
                            "content": signature,
                            "publicKey": {"content": b64(signer.pem)},
                        },
                    },
                }
            )
        )
        seconds = int(self.moment.timestamp())
        proof = {
            "SignedEntryTimestamp": b64(self._promised(body, seconds)),
            "Payload": {
                "body": body,
                "integratedTime": seconds,
                "logIndex": 0,
                "logID": self._id(self.entry_log).hex(),
            },
        }
        chain = [self.middle, self.authority]
        annotations = {
            "dev.cosignproject.cosign/signature": signature,
            "dev.sigstore.cosign/certificate": signer.pem.decode(),
            "dev.sigstore.cosign/chain": b"".join(
                one.public_bytes(Encoding.PEM) for one in chain
            ).decode(),
            "dev.sigstore.cosign/bundle": orjson.dumps(proof).decode(),
        }
        return Layer(payload, "application/vnd.dev.cosign.simplesigning.v1+json", annotations)

    def _entry(self, body: bytes, kind: str) -> dict[str, object]:
        """An entry that is alone in its log."""
        root = hashlib.sha256(b"\0" + body).digest()
        name = self._id(self.entry_log)
        note = f"rekor.example - 1\n1\n{b64(root)}\n"
        signature = name[:4] + self.entry_log.sign(note.encode(), _SHA256)
        seconds = int(self.moment.timestamp())
        return {
            "logIndex": "0",
            "logId": {"keyId": b64(name)},
            "kindVersion": {"kind": kind, "version": "0.0.1"},
            "integratedTime": str(seconds),
            "inclusionPromise": {"signedEntryTimestamp": b64(self._promised(b64(body), seconds))},
            "inclusionProof": {
                "logIndex": "0",
                "rootHash": b64(root),
                "treeSize": "1",
                "hashes": [],
                "checkpoint": {"envelope": f"{note}\n— rekor.example {b64(signature)}\n"},
            },
            "canonicalizedBody": b64(body),
        }

    def _promised(self, body: str, seconds: int) -> bytes:
        name = self._id(self.entry_log).hex()
        said = {"body": body, "integratedTime": seconds, "logID": name, "logIndex": 0}
        return self.entry_log.sign(orjson.dumps(said, option=orjson.OPT_SORT_KEYS), _SHA256)

    def _promise(self, body: bytes, log: ec.EllipticCurvePrivateKey) -> bytes:
        """The list of promises that a log will have a certificate (RFC 6962)."""
        moment = int(self.moment.timestamp() * 1_000)
        above = hashlib.sha256(spki(self.middle_key)).digest()
        signed = struct.pack(">BBQH", 0, 0, moment, 1) + above
        signed += len(body).to_bytes(3, "big") + body + b"\0\0"
        signature = log.sign(signed, _SHA256)
        one = b"\0" + self._id(log) + struct.pack(">QH", moment, 0) + b"\x04\x03"
        one += struct.pack(">H", len(signature)) + signature
        return struct.pack(">HH", len(one) + 2, len(one)) + one

    def _id(self, key: ec.EllipticCurvePrivateKey) -> bytes:
        return hashlib.sha256(spki(key)).digest()

    def _log(self, key: ec.EllipticCurvePrivateKey, url: str, valid: object) -> dict[str, object]:
        public = {
            "rawBytes": b64(spki(key)),
            "keyDetails": "PKIX_ECDSA_P256_SHA_256",
            "validFor": valid,
        }
        name = {"keyId": b64(self._id(key))}
        return {"baseUrl": url, "hashAlgorithm": "SHA2_256", "publicKey": public, "logId": name}

    def _authority(
        self,
        name: str,
        key: ec.EllipticCurvePrivateKey,
        above: str,
        above_key: ec.EllipticCurvePrivateKey,
    ) -> x509.Certificate:
        return (
            x509.CertificateBuilder()
            .subject_name(_name(name))
            .issuer_name(_name(above))
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(self.moment - timedelta(days=365))
            .not_valid_after(self.moment + timedelta(days=3_650))
            .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
            .add_extension(_usage(key_cert_sign=True, crl_sign=True), critical=True)
            .add_extension(
                x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False
            )
            .add_extension(_above(above_key), critical=False)
            .sign(above_key, hashes.SHA256())
        )


def referring(bundle: bytes, subject: Artifact) -> Artifact:
    """A bundle, as it is kept in a registry."""
    said = {"dev.sigstore.bundle.predicateType": SIGN}
    return artifact(Layer(bundle, BUNDLE), annotations=said, subject=subject, kind=BUNDLE)


def _hash(data: bytes) -> dict[str, str]:
    return {"algorithm": "sha256", "value": hashlib.sha256(data).hexdigest()}


def _name(common: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common)])


def _above(key: ec.EllipticCurvePrivateKey) -> x509.AuthorityKeyIdentifier:
    return x509.AuthorityKeyIdentifier.from_issuer_public_key(key.public_key())


def _usage(**allowed: bool) -> x509.KeyUsage:
    names = (
        "digital_signature", "content_commitment", "key_encipherment", "data_encipherment",
        "key_agreement", "key_cert_sign", "crl_sign", "encipher_only", "decipher_only",
    )  # fmt: skip
    return x509.KeyUsage(**{name: allowed.get(name, False) for name in names})
