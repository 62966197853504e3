"""Azure Key Vault: data keys that are opened by Azure."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import orjson
from cryptography import x509
from cryptography.hazmat.primitives import serialization

from kustomize_controller.sops.assertion import assertion, in_url, private_key
from kustomize_controller.sops.configuration import key_in, settings_in
from kustomize_controller.sops.gcp import asked
from kustomize_controller.sops.https import Https, Post
from kustomize_controller.sops.metadata import MasterKey
from kustomize_controller.sops.token import Token, Tokens
from kustomize_controller.sops.value import SopsProblem
from shared.reconcile.clock import Clock

# A token is shown to nobody but Azure: a document may name any address.
_VAULTS = ("vault.azure.net", "vault.azure.cn", "vault.usgovcloudapi.net", "managedhsm.azure.net")
_AUTHORITIES = (
    "login.microsoftonline.com",
    "login.microsoftonline.us",
    "login.chinacloudapi.cn",
    "login.partner.microsoftonline.cn",
)
_NAME = re.compile(r"[A-Za-z0-9-]{1,127}")
_TENANT = re.compile(r"[A-Za-z0-9.-]{1,255}")
_API = "api-version=7.4"
_MINUTES = 600


@dataclass(frozen=True, slots=True)
class Principal:
    """Who speaks to Azure: by a password, or by a certificate with its key (PEM)."""

    authority: str
    tenant: str
    client: str
    password: str = field(default="", repr=False)
    certificate: str = field(default="", repr=False)


def principal_in(content: bytes) -> Principal:
    """Who is meant by an entry `sops.azure-kv`, as `az` writes it too. Raises SopsProblem."""
    said = settings_in(content)
    authority = said.get("authorityHost") or f"https://{_AUTHORITIES[0]}"
    parts = urlsplit(authority)
    if parts.scheme != "https" or parts.netloc not in _AUTHORITIES:
        raise SopsProblem("has an authorityHost that is none of Azure's")
    tenant = said.get("tenantId") or said.get("tenant", "")
    client = said.get("clientId") or said.get("appId", "")
    password = said.get("clientSecret") or said.get("password", "")
    found = Principal(
        f"https://{parts.netloc}", tenant, client, password, said.get("clientCertificate", "")
    )
    if not _TENANT.fullmatch(tenant) or not client or not (password or found.certificate):
        raise SopsProblem(
            "needs tenantId, clientId, and clientSecret or clientCertificate; managed identities "
            "are not used"
        )
    return found


class AzureKeyVault:
    """Opens data keys by Azure Key Vault."""

    def __init__(self, principal: Principal, https: Https, clock: Clock) -> None:
        self._principal = principal
        self._https = https
        self._clock = clock
        self._tokens: dict[str, Tokens] = {}

    async def open(self, key: MasterKey) -> bytes:
        """The data key."""
        host, domain = _vault(key.said.get("vault_url", ""))
        path = [key.said.get("name", ""), key.said.get("version", "")]
        if not all(map(_NAME.fullmatch, path)):
            raise SopsProblem("its name or version is none of a key")
        tokens = self._tokens.setdefault(domain, self._tokens_for(domain))
        headers = {
            "authorization": f"Bearer {await tokens.current()}",
            "content-type": "application/json",
        }
        url = f"https://{host}/keys/{'/'.join(path)}/decrypt?{_API}"
        body = orjson.dumps({"alg": "RSA-OAEP-256", "value": key.sealed})
        answer = await self._https.post(Post(url, headers, body))
        return key_in(answer.fields("Azure Key Vault").get("value"), "Azure", in_url=True)

    def _tokens_for(self, domain: str) -> Tokens:
        async def token() -> Token:
            url = f"{self._principal.authority}/{self._principal.tenant}/oauth2/v2.0/token"
            form = {
                "grant_type": "client_credentials",
                "client_id": self._principal.client,
                "scope": f"https://{domain}/.default",
                **self._proof(url),
            }
            return await asked(self._https, url, form, "Azure")

        return Tokens(self._clock, token)

    def _proof(self, url: str) -> dict[str, str]:
        """How the principal shows who it is."""
        own = self._principal
        if own.password:
            return {"client_secret": own.password}
        now = int(self._clock.now().timestamp())
        claims = {
            "aud": url,
            "iss": own.client,
            "sub": own.client,
            "jti": hashlib.sha256(f"{own.client}{now}".encode()).hexdigest(),
            "nbf": now,
            "exp": now + _MINUTES,
        }
        header = {"x5t": _thumbprint(own.certificate)}
        statement = assertion(private_key(own.certificate), header, claims)
        return {
            "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
            "client_assertion": statement,
        }


def _vault(url: str) -> tuple[str, str]:
    """The host of a vault and the domain that it is in. Raises SopsProblem for any other."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    name, _, domain = host.partition(".")
    if parts.scheme != "https" or parts.netloc != host or domain not in _VAULTS:
        raise SopsProblem("its vault_url is none of Azure's Key Vaults, reached by https://")
    if not _NAME.fullmatch(name):
        raise SopsProblem("its vault_url is none of a vault")
    return host, domain


def _thumbprint(pem: str) -> str:
    try:
        certificate = x509.load_pem_x509_certificate(pem.encode())
    except ValueError:
        raise SopsProblem("holds no certificate in PEM") from None
    content = certificate.public_bytes(serialization.Encoding.DER)
    return in_url(hashlib.sha1(content, usedforsecurity=False).digest())
