"""The server's own authority: who serves is who they say, and so is who shows a certificate."""

from __future__ import annotations

import ssl
import tempfile
from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from apiserver.access.identity import User

LIFE = timedelta(days=3650)
"""A cluster on one's own machine is nothing to renew certificates for."""

_EARLIER = timedelta(hours=1)
"""Clocks of clients may be behind."""


@dataclass(frozen=True, slots=True)
class Pair:
    """A certificate and its key, both PEM."""

    certificate: bytes
    key: bytes


def new_key() -> ec.EllipticCurvePrivateKey:
    """A key for signing."""
    return ec.generate_private_key(ec.SECP256R1())


def key_of(pem: bytes) -> ec.EllipticCurvePrivateKey:
    """A key from its PEM. Raises ValueError where it is none, TypeError where it is of another
    sort."""
    key = serialization.load_pem_private_key(pem, None)
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        raise TypeError("not an elliptic-curve key")
    return key


def key_text(key: ec.EllipticCurvePrivateKey) -> bytes:
    """A key as PEM."""
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )


class Authority:
    """Issues certificates from its own, which is made new where none is given."""

    def __init__(self, now: datetime, known: Pair | None = None) -> None:
        self._now = now
        self.pair = known or _begin_authority(now)
        self._key = key_of(self.pair.key)
        self._certificate = x509.load_pem_x509_certificate(self.pair.certificate)

    def serving(self, *names: str) -> Pair:
        """For a server reached under these DNS names and addresses."""
        alternatives = x509.SubjectAlternativeName([_alternative(name) for name in names])
        return self._issue(_name(names[0]), ExtendedKeyUsageOID.SERVER_AUTH, alternatives)

    def client(self, user: User) -> Pair:
        """For a user and their groups."""
        return self._issue(_name(user.name, *user.groups), ExtendedKeyUsageOID.CLIENT_AUTH, None)

    def _issue(
        self,
        subject: x509.Name,
        usage: x509.ObjectIdentifier,
        alternatives: x509.SubjectAlternativeName | None,
    ) -> Pair:
        key = new_key()
        issuer = self._certificate.subject
        builder = _begin(subject, issuer, key, self._now).add_extension(
            x509.ExtendedKeyUsage([usage]), critical=False
        )
        if alternatives is not None:
            builder = builder.add_extension(alternatives, critical=False)
        return Pair(_pem(builder.sign(self._key, hashes.SHA256())), key_text(key))


def _begin_authority(now: datetime) -> Pair:
    key, name = new_key(), _name("penstock-apiserver")
    builder = _begin(name, name, key, now)
    builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
    builder = builder.add_extension(_SIGNING, critical=True)
    return Pair(_pem(builder.sign(key, hashes.SHA256())), key_text(key))


_SIGNING = x509.KeyUsage(
    digital_signature=True, key_cert_sign=True, crl_sign=True, content_commitment=False,
    key_encipherment=False, data_encipherment=False, key_agreement=False, encipher_only=False,
    decipher_only=False,
)  # fmt: skip


def _begin(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePrivateKey, now: datetime
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - _EARLIER)
        .not_valid_after(now + LIFE)
    )


def _name(common: str, *organisations: str) -> x509.Name:
    parts = [(NameOID.ORGANIZATION_NAME, group) for group in organisations]
    return x509.Name(
        [x509.NameAttribute(oid, value) for oid, value in (*parts, (NameOID.COMMON_NAME, common))]
    )


def _alternative(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ip_address(name))
    except ValueError:
        return x509.DNSName(name)


def _pem(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(serialization.Encoding.PEM)


def context(serving: Pair, authority: bytes) -> ssl.SSLContext:
    """TLS for a server; clients may show a certificate of the authority (PEM)."""
    found = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    found.minimum_version = ssl.TLSVersion.TLSv1_2
    found.verify_mode = ssl.CERT_OPTIONAL
    found.load_verify_locations(cadata=authority.decode())
    # Python reads a server's certificate from files only; this one is there for a moment.
    with tempfile.TemporaryDirectory(prefix="penstock-serving-") as directory:
        path = Path(directory) / "serving.pem"
        path.touch(mode=0o600)
        path.write_bytes(serving.certificate + serving.key)
        found.load_cert_chain(path)
    return found
