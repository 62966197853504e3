"""The certificates of a signature of notation: whether they belong together, and are for that.

By the requirements of the Notary Project for certificates that sign artifacts. Pure.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.x509.oid import ExtendedKeyUsageOID

from source_controller.signature.problem import InvalidTrust, NotSigned

SUFFIXES = (".crt", ".pem")
MOST = 1_000
LONGEST = 1024 * 1024

_NOT_FOR_SIGNING = (
    ExtendedKeyUsageOID.SERVER_AUTH,
    ExtendedKeyUsageOID.CLIENT_AUTH,
    ExtendedKeyUsageOID.EMAIL_PROTECTION,
    ExtendedKeyUsageOID.TIME_STAMPING,
    ExtendedKeyUsageOID.OCSP_SIGNING,
)


def store_of(entries: Mapping[str, str]) -> list[x509.Certificate]:
    """The certificates of a Secret, under names that end in `.crt` or `.pem`. Raises InvalidTrust
    where one cannot be read, or there is none."""
    found: list[x509.Certificate] = []
    for name, text in entries.items():
        if name.endswith(SUFFIXES):
            try:
                found += x509.load_pem_x509_certificates(text.encode()[:LONGEST])
            except ValueError:
                raise InvalidTrust(f"'{name}' has no certificates in PEM") from None
    if not found or len(found) > MOST:
        raise InvalidTrust("the secret has no certificates ('.crt', '.pem'), or too many")
    return found


def check_chain(chain: Sequence[x509.Certificate]) -> None:
    """Raises NotSigned where certificates, from the one that signed to the authority, do not belong
    together, or are not for signing."""
    try:
        _check_leaf(chain[0])
        for above, certificate in enumerate(chain):
            is_last = above == len(chain) - 1
            certificate.verify_directly_issued_by(certificate if is_last else chain[above + 1])
            if above:
                _check_authority(certificate, above - 1)
    except (ValueError, TypeError, InvalidSignature, x509.ExtensionNotFound):
        raise NotSigned(
            "the certificates of a signature do not belong together, or are not for signing"
        ) from None


def is_good(chain: Sequence[x509.Certificate], moment: datetime) -> bool:
    """Whether none of the certificates has expired, or is yet to come, at a moment."""
    return all(one.not_valid_before_utc <= moment <= one.not_valid_after_utc for one in chain)


def _check_leaf(certificate: x509.Certificate) -> None:
    usage = certificate.extensions.get_extension_for_class(x509.KeyUsage)
    said = usage.value
    others = (said.key_encipherment, said.data_encipherment, said.key_agreement,
        said.key_cert_sign, said.crl_sign)  # fmt: skip
    if not usage.critical or not said.digital_signature or any(others):
        raise ValueError
    if _is_authority(certificate):
        raise ValueError
    uses = _uses(certificate)
    if uses and (
        ExtendedKeyUsageOID.CODE_SIGNING not in uses or any(one in uses for one in _NOT_FOR_SIGNING)
    ):
        raise ValueError


def _check_authority(certificate: x509.Certificate, below: int) -> None:
    """`below`: how many authorities are between it and the one that signed."""
    usage = certificate.extensions.get_extension_for_class(x509.KeyUsage)
    length = certificate.extensions.get_extension_for_class(x509.BasicConstraints).value.path_length
    if not _is_authority(certificate) or not usage.critical or not usage.value.key_cert_sign:
        raise ValueError
    if length is not None and length < below:
        raise ValueError


def _is_authority(certificate: x509.Certificate) -> bool:
    try:
        found = certificate.extensions.get_extension_for_class(x509.BasicConstraints)
    except x509.ExtensionNotFound:
        return False
    return found.value.ca


def _uses(certificate: x509.Certificate) -> x509.ExtendedKeyUsage | None:
    try:
        return certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    except x509.ExtensionNotFound:
        return None
