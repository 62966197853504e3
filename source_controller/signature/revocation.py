"""Whether certificates were revoked: asked of the places that they name, by OCSP or by lists.

Only of certificates below an authority that is trusted: whoever else signs something does not get
to say whom we talk to. What cannot be told counts as revoked.
"""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from typing import Protocol
from urllib.parse import quote

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.x509 import ocsp
from cryptography.x509.oid import AuthorityInformationAccessOID

from shared.problem import Problem
from source_controller.signature.responder import is_answer_of
from source_controller.signature.revocation_list import is_list_of

MOST_PLACES = 3
LARGEST_ANSWER = 64 * 1024
LARGEST_LIST = 8 * 1024 * 1024


class Fetch(Protocol):
    """Fetches from where certificates say."""

    async def get(self, url: str, most: int) -> bytes:
        """What is at a URL, up to so many bytes. Raises a Problem."""


@dataclass(frozen=True, slots=True)
class Revocations:
    """Asks about certificates."""

    fetch: Fetch

    async def fault_of(self, chain: Sequence[x509.Certificate], now: datetime) -> str:
        """What is wrong with certificates, from the one that signed to the authority; empty where
        none was revoked."""
        for certificate, issuer in pairwise(chain):
            if fault := await self._fault(certificate, issuer, now):
                return fault
        return ""

    async def _fault(
        self, certificate: x509.Certificate, issuer: x509.Certificate, now: datetime
    ) -> str:
        responders, lists = responders_of(certificate), lists_of(certificate)
        if not responders and not lists:
            return ""
        for url in responders[:MOST_PLACES]:
            is_good = await self._answer(url, certificate, issuer, now)
            if is_good is not None:
                return "" if is_good else _revoked(certificate)
        for url in lists[:MOST_PLACES]:
            is_good = await self._list(url, certificate, issuer, now)
            if is_good is not None:
                return "" if is_good else _revoked(certificate)
        name = certificate.subject.rfc4514_string()[:200]
        return (
            f"it cannot be told whether the certificate of '{name}' was revoked: where nobody can "
            "be asked, override 'revocation' with 'log' or 'skip'"
        )

    async def _answer(
        self, url: str, certificate: x509.Certificate, issuer: x509.Certificate, now: datetime
    ) -> bool | None:
        """Whether a responder says that a certificate is good; None where it cannot be told."""
        builder = ocsp.OCSPRequestBuilder().add_certificate(certificate, issuer, hashes.SHA256())
        asked = base64.b64encode(builder.build().public_bytes(serialization.Encoding.DER)).decode()
        try:
            said = await self.fetch.get(
                f"{url.rstrip('/')}/{quote(asked, safe='')}", LARGEST_ANSWER
            )
            answer = ocsp.load_der_ocsp_response(said)
        except (Problem, ValueError):
            return None
        return is_answer_of(answer, certificate, issuer, now)

    async def _list(
        self, url: str, certificate: x509.Certificate, issuer: x509.Certificate, now: datetime
    ) -> bool | None:
        """Whether a certificate is not on a list; None where it cannot be told."""
        try:
            found = x509.load_der_x509_crl(await self.fetch.get(url, LARGEST_LIST))
        except (Problem, ValueError):
            return None
        if not is_list_of(found, issuer, now):
            return None
        return found.get_revoked_certificate_by_serial_number(certificate.serial_number) is None


def responders_of(certificate: x509.Certificate) -> list[str]:
    """The URLs of OCSP responders that a certificate names."""
    try:
        found = certificate.extensions.get_extension_for_class(x509.AuthorityInformationAccess)
    except x509.ExtensionNotFound:
        return []
    return [
        str(one.access_location.value)
        for one in found.value
        if one.access_method == AuthorityInformationAccessOID.OCSP
        and isinstance(one.access_location, x509.UniformResourceIdentifier)
    ]


def lists_of(certificate: x509.Certificate) -> list[str]:
    """The URLs of lists of revoked certificates that a certificate names."""
    try:
        found = certificate.extensions.get_extension_for_class(x509.CRLDistributionPoints)
    except x509.ExtensionNotFound:
        return []
    return [
        str(name.value)
        for point in found.value
        for name in point.full_name or []
        if isinstance(name, x509.UniformResourceIdentifier)
    ]


def _revoked(certificate: x509.Certificate) -> str:
    name = certificate.subject.rfc4514_string()[:200]
    return f"the certificate of '{name}' was revoked, or is not known to who gave it"
