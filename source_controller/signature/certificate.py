"""Certificates that Fulcio gives to an identity: what they say, and who vouches for them.

Pure, but for its time, which is that of the signature: such a certificate lives for ten minutes.
"""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Protocol

import re2
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, ObjectIdentifier
from cryptography.x509.verification import (
    Criticality,
    ExtensionPolicy,
    PolicyBuilder,
    Store,
    VerificationError,
)

from source_controller.signature.problem import InvalidTrust, NotSigned

_ISSUER = ObjectIdentifier("1.3.6.1.4.1.57264.1.8")
_OLD_ISSUER = ObjectIdentifier("1.3.6.1.4.1.57264.1.1")
_OTHER_NAME = ObjectIdentifier("1.3.6.1.4.1.57264.1.7")
_UTF8 = 0x0C


class Matcher(Protocol):
    """A compiled expression."""

    def search(self, text: str) -> object | None:
        """Whether it is found in a text."""


class Identities:
    """The identities that are trusted. Their expressions are found in what a certificate says, not
    held against all of it: they need `^` and `$` where they mean that, as in cosign."""

    def __init__(self, pairs: Sequence[tuple[str, str]]) -> None:
        try:
            self._pairs: list[tuple[Matcher, Matcher]] = [
                (re2.compile(issuer), re2.compile(subject)) for issuer, subject in pairs
            ]
        except re2.error as error:
            raise InvalidTrust(f"matchOIDCIdentity has no expression, but: {error}") from None

    def check(self, certificate: x509.Certificate) -> None:
        """Raises NotSigned where none of them is that of a certificate. Without any, all are."""
        issuer, subjects = issuer_of(certificate), subjects_of(certificate)
        if self._pairs and not any(
            is_issuer.search(issuer) and any(map(is_subject.search, subjects))
            for is_issuer, is_subject in self._pairs
        ):
            raise NotSigned(
                f"none of the expected identities matched what was in the certificate: "
                f"{', '.join(subjects)[:300]} of {issuer[:300]}"
            )


def issuer_of(certificate: x509.Certificate) -> str:
    """Who vouched for the identity; empty where nobody is named."""
    for identifier in (_ISSUER, _OLD_ISSUER):
        value = _extension(certificate, identifier)
        if value is not None:
            return (_utf8(value) if identifier == _ISSUER else value).decode(errors="replace")
    return ""


def subjects_of(certificate: x509.Certificate) -> list[str]:
    """The identity: mail addresses, URIs, or a name in Fulcio's own form."""
    try:
        found = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except (x509.ExtensionNotFound, ValueError):
        return []
    plain = [
        str(name.value)
        for name in found
        if isinstance(name, (x509.RFC822Name, x509.UniformResourceIdentifier, x509.DNSName))
    ]
    others = found.get_values_for_type(x509.OtherName)
    own = [
        _utf8(one.value).decode(errors="replace") for one in others if one.type_id == _OTHER_NAME
    ]
    return plain + own


def vouched(
    certificate: x509.Certificate, authorities: list[x509.Certificate], moment: datetime
) -> list[x509.Certificate]:
    """The certificates from the one above to the authority. Raises NotSigned where no authority
    stands above it, or where it was not good at that moment, or not for signing."""
    policy = ExtensionPolicy.webpki_defaults_ca().may_be_present(
        x509.ExtendedKeyUsage, Criticality.NON_CRITICAL, None
    )
    own = ExtensionPolicy.webpki_defaults_ee().may_be_present(
        x509.ExtendedKeyUsage, Criticality.NON_CRITICAL, None
    )
    builder = PolicyBuilder().store(Store(authorities)).time(moment)
    verifier = builder.extension_policies(ca_policy=policy, ee_policy=own).build_client_verifier()
    try:
        found = verifier.verify(certificate, []).chain[1:]
        uses = certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    except (VerificationError, x509.UnsupportedGeneralNameType, ValueError) as error:
        raise NotSigned(f"the certificate is not vouched for: {error}") from None
    except x509.ExtensionNotFound:
        raise NotSigned("the certificate is not one for signing") from None
    if ExtendedKeyUsageOID.CODE_SIGNING not in uses:
        raise NotSigned("the certificate is not one for signing")
    return found


def check_logged(
    certificate: x509.Certificate,
    issuer: x509.Certificate,
    logs: Mapping[bytes, ec.EllipticCurvePublicKey],
) -> None:
    """Raises NotSigned where no log of certificates that is trusted promised to list this one."""
    try:
        extension = certificate.extensions.get_extension_for_class(
            x509.PrecertificateSignedCertificateTimestamps
        )
    except (x509.ExtensionNotFound, ValueError):
        raise NotSigned("the certificate is in no log of certificates") from None
    if not any(_is_promised(one, certificate, issuer, logs) for one in extension.value):
        raise NotSigned("the certificate is in no log of certificates that is trusted")


def _is_promised(
    promise: x509.certificate_transparency.SignedCertificateTimestamp,
    certificate: x509.Certificate,
    issuer: x509.Certificate,
    logs: Mapping[bytes, ec.EllipticCurvePublicKey],
) -> bool:
    """RFC 6962 3.2: what the log signed is the certificate without its promises, and the key of who
    gave it."""
    key = logs.get(promise.log_id)
    if key is None:
        return False
    public = issuer.public_key().public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    body = certificate.tbs_precertificate_bytes
    moment = int(promise.timestamp.timestamp() * 1_000)
    signed = b"".join(
        (
            struct.pack(">BBQH", 0, 0, moment, 1),
            hashlib.sha256(public).digest(),
            len(body).to_bytes(3, "big"),
            body,
            struct.pack(">H", len(promise.extension_bytes)),
            promise.extension_bytes,
        )
    )
    try:
        key.verify(promise.signature, signed, ec.ECDSA(hashes.SHA256()))
    except InvalidSignature:
        return False
    return True


def _extension(certificate: x509.Certificate, identifier: ObjectIdentifier) -> bytes | None:
    try:
        value = certificate.extensions.get_extension_for_oid(identifier).value
    except (x509.ExtensionNotFound, ValueError):
        return None
    return value.value if isinstance(value, x509.UnrecognizedExtension) else None


def _utf8(value: bytes) -> bytes:
    """The text in a DER UTF8String of up to 64 KiB; nothing where it is none."""
    if len(value) < 2 or value[0] != _UTF8:
        return b""
    long = value[1] & 0x7F if value[1] & 0x80 else 0
    start = 2 + long
    size = int.from_bytes(value[2:start], "big") if long else value[1]
    return value[start:] if long <= 2 and len(value) == start + size else b""
