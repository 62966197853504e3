"""Azure Key Vault: data keys that are opened by Azure."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from urllib.parse import urlsplit

import orjson

from kustomize_controller.sops.configuration import key_in, settings_in
from kustomize_controller.sops.metadata import MasterKey
from kustomize_controller.sops.value import SopsProblem
from shared.cloud.azure_principal import Principal, authority_named, tenant_named
from shared.cloud.credential import BearerToken
from shared.cloud.web import Call, Web

# A token is shown to nobody but Azure: a document may name any address.
_VAULTS = ("vault.azure.net", "vault.azure.cn", "vault.usgovcloudapi.net", "managedhsm.azure.net")
_NAME = re.compile(r"[A-Za-z0-9-]{1,127}")
_API = "api-version=7.4"


def principal_in(content: bytes) -> Principal:
    """Who is meant by an entry `sops.azure-kv`, as `az` writes it too. Raises SopsProblem or
    CloudError."""
    said = settings_in(content)
    found = Principal(
        authority_named(said.get("authorityHost", ""), "has an authorityHost that"),
        tenant_named(said.get("tenantId") or said.get("tenant", ""), "has a tenantId that"),
        said.get("clientId") or said.get("appId", ""),
        said.get("clientSecret") or said.get("password", ""),
        said.get("clientCertificate", ""),
    )
    if not found.client or not (found.password or found.certificate):
        raise SopsProblem("needs tenantId, clientId, and clientSecret or clientCertificate")
    return found


@dataclass(frozen=True, slots=True)
class AzureKeyVault:
    """Opens data keys by Azure Key Vault. `token`: one that is good now, for a scope."""

    token: Callable[[str], Awaitable[BearerToken]]
    web: Web

    async def open(self, key: MasterKey) -> bytes:
        """The data key. Raises SopsProblem or CloudError."""
        host, domain = _vault(key.said.get("vault_url", ""))
        path = [key.said.get("name", ""), key.said.get("version", "")]
        if not all(map(_NAME.fullmatch, path)):
            raise SopsProblem("its name or version is none of a key")
        token = await self.token(f"https://{domain}/.default")
        headers = {"authorization": f"Bearer {token.text}", "content-type": "application/json"}
        url = f"https://{host}/keys/{'/'.join(path)}/decrypt?{_API}"
        body = orjson.dumps({"alg": "RSA-OAEP-256", "value": key.sealed})
        answer = await self.web.ask(Call(url, headers, body))
        return key_in(answer.fields("Azure Key Vault").get("value"), "Azure", in_url=True)


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
