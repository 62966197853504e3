"""Who speaks to Azure, and how they show who they are."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from cryptography import x509
from cryptography.hazmat.primitives import serialization

from shared.cloud.assertion import assertion, in_url, private_key
from shared.cloud.credential import BearerToken
from shared.cloud.error import CloudError
from shared.cloud.surroundings import Surroundings
from shared.cloud.token_answer import asked

# A token is shown to nobody but Azure.
AUTHORITIES = (
    "login.microsoftonline.com",
    "login.microsoftonline.us",
    "login.chinacloudapi.cn",
    "login.partner.microsoftonline.cn",
)
_TENANT = re.compile(r"[A-Za-z0-9.-]{1,255}")
_MINUTES = 600
_BEARER = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"


@dataclass(frozen=True, slots=True)
class Principal:
    """An application of a tenant, or a managed identity. It shows who it is by a password, by a
    certificate with its key (PEM), or by the token of an issuer that Azure trusts for it."""

    authority: str
    tenant: str
    client: str
    password: str = field(default="", repr=False)
    certificate: str = field(default="", repr=False)
    statement: str = field(default="", repr=False)

    async def token(self, surroundings: Surroundings, scope: str, proxy: str = "") -> BearerToken:
        """A token for one service of Azure. Raises CloudError."""
        url = f"{self.authority}/{self.tenant}/oauth2/v2.0/token"
        fields = {
            "grant_type": "client_credentials",
            "client_id": self.client,
            "scope": scope,
            **self._proof(url, int(surroundings.clock.now().timestamp())),
        }
        return await asked(surroundings, url, fields, "Azure", proxy)

    def _proof(self, url: str, now: int) -> dict[str, str]:
        """How the principal shows who it is."""
        if self.password:
            return {"client_secret": self.password}
        statement = self.statement or self._signed(url, now)
        return {"client_assertion_type": _BEARER, "client_assertion": statement}

    def _signed(self, url: str, now: int) -> str:
        claims = {
            "aud": url,
            "iss": self.client,
            "sub": self.client,
            "jti": hashlib.sha256(f"{self.client}{now}".encode()).hexdigest(),
            "nbf": now,
            "exp": now + _MINUTES,
        }
        header = {"x5t": _thumbprint(self.certificate)}
        return assertion(private_key(self.certificate), header, claims)


def authority_named(said: str, place: str) -> str:
    """Where tokens are asked for: `https://login.microsoftonline.com` unless something else is
    said. Raises CloudError for what is none of Azure's."""
    parts = urlsplit(said or f"https://{AUTHORITIES[0]}")
    if parts.scheme != "https" or parts.netloc not in AUTHORITIES:
        raise CloudError(f"{place} is none of Azure's")
    return f"https://{parts.netloc}"


def tenant_named(said: str, place: str) -> str:
    """A tenant, by its number or its domain. Raises CloudError for what is none: it becomes a part
    of an address."""
    if not _TENANT.fullmatch(said) or set(said) <= {"."}:
        raise CloudError(f"{place} has to be a tenant of Azure, and is {said[:100]!r}")
    return said


def _thumbprint(pem: str) -> str:
    try:
        certificate = x509.load_pem_x509_certificate(pem.encode())
    except ValueError:
        raise CloudError("holds no certificate in PEM") from None
    content = certificate.public_bytes(serialization.Encoding.DER)
    return in_url(hashlib.sha1(content, usedforsecurity=False).digest())
