"""What a responder says of a certificate (OCSP, RFC 6960), and whether it may. Pure."""

from __future__ import annotations

from datetime import datetime, timedelta

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.x509 import ocsp
from cryptography.x509.oid import ExtendedKeyUsageOID

SKEW = timedelta(minutes=5)
"""How far the clocks of others may be off."""


def is_answer_of(
    answer: ocsp.OCSPResponse,
    certificate: x509.Certificate,
    issuer: x509.Certificate,
    now: datetime,
) -> bool | None:
    """Whether the certificate is good; None where the answer does not count: it is none, of another
    certificate, too old, or of somebody who may not say so."""
    try:
        if answer.response_status is not ocsp.OCSPResponseStatus.SUCCESSFUL:
            return None
        is_meant = answer.serial_number == certificate.serial_number
        counts = is_meant and _is_timely(answer, now) and _is_signed(answer, issuer, now)
        is_good = answer.certificate_status is ocsp.OCSPCertStatus.GOOD
    except (ValueError, UnsupportedAlgorithm):
        return None
    return is_good if counts else None


def _is_timely(answer: ocsp.OCSPResponse, now: datetime) -> bool:
    until = answer.next_update_utc
    return answer.this_update_utc - SKEW <= now and until is not None and now <= until + SKEW


def _is_signed(answer: ocsp.OCSPResponse, issuer: x509.Certificate, now: datetime) -> bool:
    """Whether an answer is of who gave the certificate, or of somebody whom it lets answer."""
    deputies = [one for one in answer.certificates if _may_answer(one, issuer, now)]
    return any(_is_by(answer, one) for one in (issuer, *deputies))


def _may_answer(one: x509.Certificate, issuer: x509.Certificate, now: datetime) -> bool:
    try:
        one.verify_directly_issued_by(issuer)
        uses = one.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    except (ValueError, TypeError, InvalidSignature, x509.ExtensionNotFound):
        return False
    is_good = one.not_valid_before_utc <= now <= one.not_valid_after_utc
    return is_good and ExtendedKeyUsageOID.OCSP_SIGNING in uses


def _is_by(answer: ocsp.OCSPResponse, one: x509.Certificate) -> bool:
    key, hashed = one.public_key(), answer.signature_hash_algorithm
    if hashed is None or isinstance(hashed, (hashes.MD5, hashes.SHA1)):
        return False
    try:
        match key:
            case ec.EllipticCurvePublicKey():
                key.verify(answer.signature, answer.tbs_response_bytes, ec.ECDSA(hashed))
            case rsa.RSAPublicKey():
                plain = padding.PKCS1v15()
                key.verify(answer.signature, answer.tbs_response_bytes, plain, hashed)
            case _:
                return False
    except InvalidSignature:
        return False
    return True
