"""Google Cloud: tokens of this process, or of what a service account is linked to."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import cast

import orjson

from shared.cloud.credential import BearerToken
from shared.cloud.error import CloudError
from shared.cloud.google_exchange import JWT, SCOPES, Exchange, account_named
from shared.cloud.google_key import google_key_in, google_url
from shared.cloud.google_metadata import GoogleMetadata
from shared.cloud.identity import Identity
from shared.cloud.keep import Keep
from shared.cloud.surroundings import Surroundings

ACCOUNT = "iam.gke.io/gcp-service-account"
PROVIDER = "gcp.auth.fluxcd.io/workload-identity-provider"
FILE = "GOOGLE_APPLICATION_CREDENTIALS"
_PROVIDER = re.compile(
    r"projects/[0-9]{1,30}/locations/global/workloadIdentityPools/[\w-]{1,100}/providers/[\w-]{1,100}"
)
_ACTING = re.compile(r".*/serviceAccounts/([^/:]+):generateAccessToken")


@dataclass(frozen=True, slots=True)
class Gcp:
    """Asks Google Cloud, and keeps what it gave."""

    surroundings: Surroundings
    keep: Keep[BearerToken]

    async def token(self, identity: Identity) -> BearerToken:
        """A token of an identity. Raises CloudError."""
        if not identity.account:
            return await self.keep.of(("gcp",), self._of_process)
        said = await self.surroundings.accounts.annotations(identity)
        account = account_named(said.get(ACCOUNT, ""), f"{identity}: the annotation {ACCOUNT}")
        provider = _provider_in(said, identity)
        key = ("gcp", identity, account, provider)
        return await self.keep.of(key, lambda: self._of_account(identity, account, provider))

    async def _of_account(self, identity: Identity, account: str, provider: str) -> BearerToken:
        if provider:
            audience = exchanged_by = f"//iam.googleapis.com/{provider}"
        else:
            pool = await GoogleMetadata(self.surroundings).pool()
            audience, exchanged_by = pool.name, pool.audience
        token = await self.surroundings.accounts.token(identity, (audience,))
        exchange = Exchange(exchanged_by, account, proxy=identity.proxy)
        return await exchange.token(self.surroundings, token)

    async def _of_process(self) -> BearerToken:
        if not self.surroundings.variable(FILE):
            return await GoogleMetadata(self.surroundings).token()
        try:
            said = _object_in(await self.surroundings.file(FILE))
            if said.get("type") == "external_account":
                return await self._of_federation(said)
            texts = {key: value for key, value in said.items() if isinstance(value, str)}
            return await google_key_in(texts).token(self.surroundings, " ".join(SCOPES))
        except CloudError as error:
            raise CloudError(f"{FILE}: {error}") from None

    async def _of_federation(self, said: Mapping[str, object]) -> BearerToken:
        """A token for the one that a file holds, which somebody else keeps fresh."""
        source = said.get("credential_source")
        place = cast("dict[str, object]", source) if isinstance(source, dict) else {}
        subject = await self._subject(place)
        acting = _ACTING.fullmatch(str(said.get("service_account_impersonation_url", "")))
        exchange = Exchange(
            str(said.get("audience", "")),
            account_named(acting[1], "service_account_impersonation_url") if acting else "",
            google_url(str(said.get("token_url", "")), "token_url"),
            str(said.get("subject_token_type", JWT)),
        )
        return await exchange.token(self.surroundings, subject)

    async def _subject(self, source: Mapping[str, object]) -> str:
        path, form = source.get("file"), source.get("format")
        if not isinstance(path, str):
            raise CloudError("has no credential_source.file: other sources are not read")
        text = await self.surroundings.content(path, f"{FILE}: credential_source.file")
        shape = cast("dict[str, object]", form) if isinstance(form, dict) else {}
        if shape.get("type") != "json":
            return text
        return str(_object_in(text).get(str(shape.get("subject_token_field_name")), ""))


def _provider_in(said: Mapping[str, str], identity: Identity) -> str:
    provider = said.get(PROVIDER, "")
    if provider and not _PROVIDER.fullmatch(provider):
        raise CloudError(
            f"{identity}: the annotation {PROVIDER} has to be projects/NUMBER/locations/global/"
            f"workloadIdentityPools/POOL/providers/PROVIDER, and is {provider[:200]!r}"
        )
    return provider


def _object_in(text: str) -> dict[str, object]:
    try:
        found = orjson.loads(text)
    except orjson.JSONDecodeError:
        found = None
    if not isinstance(found, dict):
        raise CloudError("is no JSON object")
    return cast("dict[str, object]", found)
