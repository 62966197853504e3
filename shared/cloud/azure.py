"""Azure: tokens of this process, or of what a service account is linked to."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import urlencode

from shared.cloud.azure_principal import Principal, authority_named, tenant_named
from shared.cloud.credential import BearerToken
from shared.cloud.error import CloudError
from shared.cloud.identity import Identity
from shared.cloud.keep import Keep
from shared.cloud.surroundings import Surroundings
from shared.cloud.token_answer import token_in
from shared.cloud.web import Call

CLIENT = "azure.workload.identity/client-id"
TENANT = "azure.workload.identity/tenant-id"
AUDIENCE = "api://AzureADTokenExchange"
AUTHORITY = "AZURE_AUTHORITY_HOST"
MACHINE = "AZURE_POD_IDENTITY_AUTHORITY_HOST"
_CLIENT = re.compile(r"[A-Za-z0-9-]{1,100}")
_MACHINE = "http://169.254.169.254"
_METADATA = "the metadata service of Azure"
_NOTHING = (
    "this process has no identity in Azure: set workload identity up for its service account and "
    "start it again, or name a service account in the object"
)


@dataclass(frozen=True, slots=True)
class Azure:
    """Asks Azure, and keeps what it gave."""

    surroundings: Surroundings
    keep: Keep[BearerToken]

    async def token(self, identity: Identity, scope: str) -> BearerToken:
        """A token of an identity for one service of Azure. Raises CloudError."""
        if not identity.account:
            return await self.keep.of(("azure", scope), lambda: self._of_process(scope))
        said = await self.surroundings.accounts.annotations(identity)
        tenant = tenant_named(said.get(TENANT, ""), f"{identity}: the annotation {TENANT}")
        client = _client_named(said.get(CLIENT, ""), f"{identity}: the annotation {CLIENT}")
        key = ("azure", identity, tenant, client, scope)
        return await self.keep.of(key, lambda: self._of_account(identity, tenant, client, scope))

    async def _of_account(
        self, identity: Identity, tenant: str, client: str, scope: str
    ) -> BearerToken:
        statement = await self.surroundings.accounts.token(identity, (AUDIENCE,))
        principal = Principal(self._authority(), tenant, client, statement=statement)
        return await principal.token(self.surroundings, scope, identity.proxy)

    async def _of_process(self, scope: str) -> BearerToken:
        """By the first of the ways that the environment knows."""
        own = self.surroundings
        if not own.has("AZURE_TENANT_ID", "AZURE_CLIENT_ID"):
            return await self._of_machine(scope)
        tenant = tenant_named(own.variable("AZURE_TENANT_ID"), "AZURE_TENANT_ID")
        proofs = {
            "password": own.variable("AZURE_CLIENT_SECRET"),
            "certificate": await self._file("AZURE_CLIENT_CERTIFICATE_PATH"),
            "statement": await self._file("AZURE_FEDERATED_TOKEN_FILE"),
        }
        proof = next(((kind, text) for kind, text in proofs.items() if text), None)
        if proof is None:
            return await self._of_machine(scope)
        client = own.variable("AZURE_CLIENT_ID")
        principal = Principal(self._authority(), tenant, client, **dict([proof]))
        return await principal.token(own, scope)

    async def _of_machine(self, scope: str) -> BearerToken:
        """The identity of the machine, or the one of those it has that the environment names."""
        own = self.surroundings
        said = {"api-version": "2018-02-01", "resource": scope.removesuffix("/.default")}
        if client := own.variable("AZURE_CLIENT_ID"):
            said["client_id"] = client
        base = own.variable(MACHINE).rstrip("/") or _MACHINE
        url = f"{base}/metadata/identity/oauth2/token?{urlencode(said)}"
        try:
            reply = await own.web.ask(Call(url, {"metadata": "true"}, method="GET", near=True))
            return token_in(reply.fields(_METADATA), _METADATA, own.clock)
        except CloudError as error:
            raise CloudError(f"{_NOTHING}; {error}") from None

    async def _file(self, variable: str) -> str:
        own = self.surroundings
        return await own.file(variable) if own.variable(variable) else ""

    def _authority(self) -> str:
        return authority_named(self.surroundings.variable(AUTHORITY), AUTHORITY)


def _client_named(said: str, place: str) -> str:
    if not _CLIENT.fullmatch(said):
        raise CloudError(f"{place} has to be the number of a client, and is {said[:100]!r}")
    return said
