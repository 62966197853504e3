"""The certificates and keys of a control plane that lives for one run of the tests."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

LIFE = timedelta(days=2)
SERVER = (ExtendedKeyUsageOID.SERVER_AUTH,)
CLIENT = (ExtendedKeyUsageOID.CLIENT_AUTH,)


@dataclass(frozen=True, slots=True)
class Pair:
    """A certificate and its key, both PEM."""

    certificate: bytes
    key: bytes


class Authority:
    """A certificate authority of its own."""

    def __init__(self) -> None:
        self._key = _new_key()
        self._name = _name("penstock-tests")
        constraint = x509.BasicConstraints(ca=True, path_length=0)
        signing = (
            _begin(self._name, self._name, self._key)
            .add_extension(constraint, critical=True)
            .add_extension(_certificate_signing(), critical=True)
        )
        self.certificate = _pem(signing.sign(self._key, hashes.SHA256()))

    def serving(self, *names: str) -> Pair:
        """For a server reached under these DNS names and addresses."""
        alternatives = x509.SubjectAlternativeName([_alternative(name) for name in names])
        return self._issue(_name(names[0]), SERVER, alternatives)

    def client(self, user: str, *groups: str) -> Pair:
        """For a user of the API server, who is a member of these groups."""
        return self._issue(_name(user, *groups), CLIENT)

    def _issue(
        self,
        subject: x509.Name,
        usages: tuple[x509.ObjectIdentifier, ...],
        alternatives: x509.SubjectAlternativeName | None = None,
    ) -> Pair:
        key = _new_key()
        builder = _begin(subject, self._name, key).add_extension(
            x509.ExtendedKeyUsage(usages), critical=False
        )
        if alternatives is not None:
            builder = builder.add_extension(alternatives, critical=False)
        return Pair(_pem(builder.sign(self._key, hashes.SHA256())), key_text(key))


def key_pair() -> Pair:
    """A bare pair of keys, the public one in the certificate's place: signs account tokens."""
    key = _new_key()
    public = key.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    return Pair(public, key_text(key))


def key_text(key: ec.EllipticCurvePrivateKey) -> bytes:
    """The key as PEM, in the form that Go's tools read from a file."""
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.TraditionalOpenSSL,
        serialization.NoEncryption(),
    )


def _new_key() -> ec.EllipticCurvePrivateKey:
    return ec.generate_private_key(ec.SECP256R1())


def _begin(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePrivateKey
) -> x509.CertificateBuilder:
    now = datetime.now(UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + LIFE)
    )


def _certificate_signing() -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=True,
        key_cert_sign=True,
        crl_sign=True,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


def _name(common: str, *organisations: str) -> x509.Name:
    parts = [(NameOID.ORGANIZATION_NAME, group) for group in organisations]
    return x509.Name(
        [x509.NameAttribute(oid, text) for oid, text in (*parts, (NameOID.COMMON_NAME, common))]
    )


def _alternative(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ip_address(name))
    except ValueError:
        return x509.DNSName(name)


def _pem(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(serialization.Encoding.PEM)
