"""Lists of revoked certificates (CRLs, RFC 5280), and whether one counts. Pure."""

from __future__ import annotations

from datetime import datetime

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from source_controller.signature.responder import SKEW


def is_list_of(
    found: x509.CertificateRevocationList, issuer: x509.Certificate, now: datetime
) -> bool:
    """Whether a list is whole, of an authority, and of now."""
    key, until = issuer.public_key(), found.next_update_utc
    if found.issuer != issuer.subject or until is None:
        return False
    if not (found.last_update_utc - SKEW <= now <= until + SKEW):
        return False
    try:
        if not isinstance(key, (ec.EllipticCurvePublicKey, rsa.RSAPublicKey)):
            return False
        may_list = issuer.extensions.get_extension_for_class(x509.KeyUsage).value.crl_sign
        is_whole = all(map(_is_understood, found.extensions))
        return may_list and is_whole and found.is_signature_valid(key)
    except (ValueError, TypeError, UnsupportedAlgorithm, x509.ExtensionNotFound):
        return False


def _is_understood(extension: x509.Extension[x509.ExtensionType]) -> bool:
    """A list of changes, or of some certificates only, does not say that one is not on it."""
    value = extension.value
    if isinstance(value, x509.DeltaCRLIndicator):
        return False
    if isinstance(value, x509.IssuingDistributionPoint):
        return not (
            value.only_contains_ca_certs
            or value.only_contains_user_certs
            or value.only_contains_attribute_certs
            or value.only_some_reasons
            or value.indirect_crl
        )
    return not extension.critical
