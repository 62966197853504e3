"""Who we are at Azure Blob Storage, by the Secret of a Bucket, or by what the cloud knows us as."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import parse_qsl, urlencode, urlsplit

from shared.cloud.azure_principal import Principal, authority_named, tenant_named
from shared.cloud.clouds import Clouds
from shared.cloud.error import CloudError
from shared.cloud.identity import Identity
from shared.cloud.surroundings import Surroundings
from shared.cloud.token_answer import token_in
from shared.cloud.web import Call
from shared.object_store.azure import AzureAccess, account_of, is_azure
from shared.object_store.azure_key import SharedKey

SCOPE = "https://storage.azure.com/.default"
_RESOURCE = "https://storage.azure.com/"
_MACHINE = "http://169.254.169.254/metadata/identity/oauth2/token"


@dataclass(frozen=True, slots=True)
class AzureLogin:
    """Azure's ways to sign in."""

    clouds: Clouds
    surroundings: Surroundings

    async def of(self, endpoint: str, data: Mapping[str, str], identity: Identity) -> AzureAccess:
        """What a container at an endpoint is shown; `data`: of the Secret, empty where there is
        none. Raises CloudError, ObjectStoreError."""
        if "accountKey" in data and not _has_token(data):
            return AzureAccess(key=SharedKey(account_of(endpoint), data["accountKey"].strip()))
        if "sasKey" in data and not _has_token(data):
            return AzureAccess(query=_query(data["sasKey"], endpoint))
        # A token would open other containers than this one: it is shown to Azure alone.
        if not is_azure(endpoint):
            if data:
                raise CloudError("tokens are shown to Azure's own hosts only, by https")
            return AzureAccess()
        token = await self._token(data, identity)
        return AzureAccess(token=token)

    async def _token(self, data: Mapping[str, str], identity: Identity) -> str:
        if "tenantId" in data and "clientId" in data and _proof(data):
            return (
                await self._principal(data).token(self.surroundings, SCOPE, identity.proxy)
            ).text
        if data.get("clientId"):
            return await self._machine(data["clientId"])
        return (await self.clouds.azure(identity, SCOPE)).text

    def _principal(self, data: Mapping[str, str]) -> Principal:
        if data.get("clientCertificatePassword") or data.get("clientCertificateSendChain"):
            raise CloudError(
                "'clientCertificatePassword' and 'clientCertificateSendChain' are not used: give "
                "certificate and key in PEM without a passphrase"
            )
        return Principal(
            authority_named(data.get("authorityHost", ""), "'authorityHost'"),
            tenant_named(data["tenantId"], "'tenantId'"),
            data["clientId"],
            password=data.get("clientSecret", ""),
            certificate=data.get("clientCertificate", ""),
        )

    async def _machine(self, client: str) -> str:
        """The token of one of the identities that this machine has."""
        query = {"api-version": "2018-02-01", "resource": _RESOURCE, "client_id": client}
        call = Call(f"{_MACHINE}?{urlencode(query)}", {"Metadata": "true"}, method="GET", near=True)
        of = "the metadata service of Azure"
        reply = await self.surroundings.web.ask(call)
        return token_in(reply.fields(of), of, self.surroundings.clock).text


def _has_token(data: Mapping[str, str]) -> bool:
    """As in Flux, an application or an identity comes before a key."""
    return bool(data.get("clientId"))


def _proof(data: Mapping[str, str]) -> bool:
    return bool(data.get("clientSecret") or data.get("clientCertificate"))


def _query(said: str, endpoint: str) -> str:
    """The query of a shared access signature, with that of the endpoint beside it."""
    own = dict(parse_qsl(said.strip().removeprefix("?"), keep_blank_values=True))
    if not own:
        raise CloudError("'sasKey' is no shared access signature")
    return urlencode(dict(parse_qsl(urlsplit(endpoint).query)) | own)
