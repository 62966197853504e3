"""Clouds that vouch for us at their own registries: ECR, Artifact Registry, ACR (flux.md 2.5).

A registry is shown nothing of a cloud unless its host is one of that cloud's registries, in full.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import cast

import orjson

from shared.cloud.clouds import Clouds
from shared.cloud.error import CloudError
from shared.cloud.identity import Identity
from shared.cloud.keep import Keep
from shared.cloud.region import host_of
from shared.cloud.signature import Scope, Unsigned
from shared.cloud.web import Call, Reply, Web, form
from shared.oci.credential import Keyring, Login
from shared.oci.location import Location
from shared.reconcile.clock import Clock

AZURE_SCOPE = "https://containerregistry.azure.net/.default"
PUBLIC_ECR = frozenset({"public.ecr.aws", "ecr-public.aws.com"})
PUBLIC_REGION = "us-east-1"
AZURE_USER = "00000000-0000-0000-0000-000000000000"
GOOGLE_USER = "oauth2accesstoken"

_ECR = re.compile(
    r"[0-9]{12}\.dkr[.-]ecr(?:-fips)?\.([a-z0-9-]{1,40})\.(?:amazonaws\.com|amazonaws\.com\.cn|"
    r"amazonaws\.eu|on\.aws|on\.amazonwebservices\.com\.cn|sc2s\.sgov\.gov|c2s\.ic\.gov|"
    r"cloud\.adc-e\.uk|csp\.hci\.ic\.gov)"
)
_GOOGLE = re.compile(
    r"(?:[a-z0-9-]+\.)?gcr\.io|[a-z0-9-]+-docker\.pkg\.dev|docker\.s3nsregistry\.fr"
)
_AZURE = re.compile(r"[a-z0-9-]+(?:\.[a-z0-9-]+)*\.azurecr\.(?:io|cn|de|us)")
_SHORT = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Vouched:
    """A login that a cloud gave. `until`: when it runs out (UTC), where that is known."""

    login: Login
    until: datetime | None = None


class CloudLogins:
    """Logins by the identity of this process, or of the service account that an object names."""

    def __init__(self, clouds: Clouds, web: Web, clock: Clock) -> None:
        self._clouds = clouds
        self._web = web
        self._clock = clock
        self._keep: Keep[Vouched] = Keep(clock)

    async def keyring(self, provider: str, location: Location, identity: Identity) -> Keyring:
        """What the registry of a location is shown: a login for its host and for no other.
        `provider`: aws, gcp or azure. Raises CloudError, and what the cluster raises where an
        account cannot be read."""
        host = location.host
        match provider:
            case "aws":
                login = await self._ecr(host, identity)
            case "gcp":
                login = await self._google(host, identity)
            case "azure":
                login = await self._azure(host, identity)
            case _:
                raise CloudError(f"the provider '{provider}' has no registries that are known")
        return Keyring(((location.registry, login),))

    async def _ecr(self, host: str, identity: Identity) -> Login:
        is_public = host in PUBLIC_ECR
        found = _ECR.fullmatch(host)
        if not is_public and found is None:
            raise CloudError(f"'{host}' is no registry of AWS")
        region = PUBLIC_REGION if found is None else found[1]
        # The credentials are asked for each time: what an account may no longer be, ends there.
        credentials = await self._clouds.aws(identity, region)
        call = _ecr_call(is_public, region, identity.proxy)
        headers = call.unsigned.signed(credentials, Scope(region, call.service), self._clock.now())
        kept = await self._keep.of(
            ("aws", host, identity, credentials.key_id),
            lambda: self._ecr_token(call, headers, is_public),
        )
        return kept.login

    async def _ecr_token(
        self, call: _EcrCall, headers: Mapping[str, str], is_public: bool
    ) -> Vouched:
        said = Call(call.unsigned.url, headers, call.unsigned.body, proxy=call.proxy)
        fields = (await self._web.ask(said)).fields("ECR")
        data = fields.get("authorizationData")
        data = data[0] if isinstance(data, list) and data and not is_public else data
        return _ecr_login(data)

    async def _google(self, host: str, identity: Identity) -> Login:
        if not _GOOGLE.fullmatch(host):
            raise CloudError(f"'{host}' is no registry of Google Cloud")
        token = await self._clouds.gcp(identity)
        return Login(GOOGLE_USER, token.text)

    async def _azure(self, host: str, identity: Identity) -> Login:
        if not _AZURE.fullmatch(host):
            raise CloudError(f"'{host}' is no registry of Azure")
        token = await self._clouds.azure(identity, AZURE_SCOPE)
        kept = await self._keep.of(
            ("azure", host, identity, token.text),
            lambda: self._exchanged(host, token.text, identity.proxy),
        )
        return kept.login

    async def _exchanged(self, host: str, token: str, proxy: str) -> Vouched:
        """The registry's own token for one of Azure."""
        headers, body = form({"grant_type": "access_token", "service": host, "access_token": token})
        call = Call(f"https://{host}/oauth2/exchange", headers, body, proxy=proxy)
        return _azure_login(await self._web.ask(call), self._clock.now())


@dataclass(frozen=True, slots=True)
class _EcrCall:
    """The request for a token of ECR."""

    unsigned: Unsigned
    service: str
    proxy: str = field(repr=False)


def _ecr_call(is_public: bool, region: str, proxy: str) -> _EcrCall:
    service = "ecr-public" if is_public else "ecr"
    target = (
        "SpencerFrontendService.GetAuthorizationToken"
        if is_public
        else "AmazonEC2ContainerRegistry_V20150921.GetAuthorizationToken"
    )
    headers = {"content-type": "application/x-amz-json-1.1", "x-amz-target": target}
    host = host_of("api.ecr-public" if is_public else "api.ecr", region)
    return _EcrCall(Unsigned(f"https://{host}/", headers, b"{}"), service, proxy)


def _ecr_login(data: object) -> Vouched:
    said = cast("Mapping[str, object]", data) if isinstance(data, dict) else {}
    try:
        pair = base64.b64decode(str(said.get("authorizationToken", "")), validate=True).decode()
    except (binascii.Error, UnicodeError):
        pair = ""
    username, colon, password = pair.partition(":")
    if not colon:
        raise CloudError("ECR answers without a token")
    until = said.get("expiresAt")
    moment = datetime.fromtimestamp(until, UTC) if isinstance(until, (int, float)) else None
    return Vouched(Login(username, password), moment)


def _azure_login(reply: Reply, now: datetime) -> Vouched:
    token = reply.fields("ACR").get("refresh_token")
    if not isinstance(token, str) or not token:
        raise CloudError("ACR answers without a token")
    return Vouched(Login(AZURE_USER, token), _expiry(token) or now + _SHORT)


def _expiry(token: str) -> datetime | None:
    """When a JSON web token runs out, as far as it says so."""
    try:
        middle = token.split(".")[1]
        claims = orjson.loads(base64.urlsafe_b64decode(middle + "=" * (-len(middle) % 4)))
    except (IndexError, ValueError):
        return None
    until = claims.get("exp") if isinstance(claims, dict) else None
    return datetime.fromtimestamp(until, UTC) if isinstance(until, int) else None
