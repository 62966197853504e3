"""Signing in: basic, or with a token from the server that the registry names.

What is asked for is the right to pull from one repository. Docker's token protocol, and the OAuth2
form of it where all we have is an identity token. A token is shown again until most of its life is
over, by whoever shares the same Authentication.
"""

from __future__ import annotations

import math
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlencode, urlsplit, urlunsplit

import aiohttp
import orjson

from shared.oci.challenge import Challenge, challenges, is_trusted
from shared.oci.connection import Connection, body_of
from shared.oci.credential import Access, Login
from shared.oci.error import OciError, Unauthorized
from shared.oci.location import Location
from shared.oci.reach import Origin, bare

CLIENT = "penstock"
SHORTEST = 60
LONGEST = 900
"""Seconds that a token is good for: what the protocol says where a server does not, and the most
that is believed."""
_PART = 0.8


@dataclass(frozen=True, slots=True)
class Token:
    """What a token server gave. `life`: for how many seconds it is shown."""

    text: str = field(repr=False)
    life: float


class Authentication:
    """What questions to one repository are sent with; learned from the first that was refused, and
    good for those that follow."""

    def __init__(self, connection: Connection, location: Location, access: Access) -> None:
        self._connection = connection
        self._location = location
        self._access = access
        self._login = access.keyring.login_for(location)
        self._header, self._until = self._given(), math.inf

    @property
    def headers(self) -> dict[str, str]:
        """The header that signs us in; none before the registry asked for it, or when what it was
        shown is running out."""
        is_good = self._header and self._connection.clock.monotonic() < self._until
        return {"Authorization": self._header} if is_good else {}

    def forget(self) -> None:
        """Show nothing more that was learned: the registry was not content with it."""
        self._header, self._until = self._given(), math.inf

    async def answer(self, response: aiohttp.ClientResponse) -> None:
        """Take in what a question was refused for. Raises Unauthorized where we have nothing to say
        to it."""
        asked = challenges(response.headers.getall("WWW-Authenticate", []))
        origin = Origin.of(str(response.url))
        if bearer := next((one for one in asked if one.scheme == "bearer" and one.realm), None):
            asked_at = self._connection.clock.monotonic()
            token = await self._token(bearer, origin)
            self._header, self._until = f"Bearer {token.text}", asked_at + token.life
        elif any(one.scheme == "basic" for one in asked) and self._login.username:
            self._header, self._until = basic(self._login), math.inf
        else:
            raise Unauthorized(self.refusal)

    @property
    def refusal(self) -> str:
        """What is said where the registry does not take what we are."""
        name = f"as '{self._login.username}'" if self._login.username else "by its token"
        who = name if self._login else "without a login"
        return f"{self._location.registry} does not let us in {who}"

    def _given(self) -> str:
        """What is shown without being asked for: a token of the registry's own."""
        return f"Bearer {self._login.bearer}" if self._login.bearer else ""

    async def _token(self, challenge: Challenge, registry: Origin) -> Token:
        """A token from the server that a challenge names."""
        realm = challenge.realm
        there = Origin.of(realm)
        if registry.scheme == "https" and there.scheme != "https":
            raise Unauthorized(f"the token server {bare(realm)} is not https")
        if there.host != registry.host:
            await self._connection.keep_out(registry.host, there.host)
        login = self._login
        if login and not is_trusted(realm, self._location, self._access.realms):
            raise Unauthorized(
                f"the registry wants the login for {self._location.registry} sent to another host, "
                f"{there.host}: it was not; --oci-token-hosts allows it"
            )
        if login.identity:
            return await self._exchanged(challenge)
        headers = {"Authorization": basic(login)} if login.username else {}
        query = {
            **self._wanted(challenge),
            **({"account": login.username} if login.username else {}),
        }
        return await self._granted("GET", _with_query(realm, query), headers, None)

    async def _exchanged(self, challenge: Challenge) -> Token:
        form = {
            **self._wanted(challenge),
            "grant_type": "refresh_token",
            "client_id": CLIENT,
            "refresh_token": self._login.identity,
        }
        return await self._granted("POST", challenge.realm, {}, form)

    def _wanted(self, challenge: Challenge) -> dict[str, str]:
        scope = challenge.parameters.get("scope") or f"repository:{self._location.repository}:pull"
        service = challenge.parameters.get("service", "")
        return {**({"service": service} if service else {}), "scope": scope}

    async def _granted(
        self, method: str, url: str, headers: Mapping[str, str], form: Mapping[str, str] | None
    ) -> Token:
        async with self._connection.ask(method, url, headers, form) as response:
            if response.status != 200:
                raise Unauthorized(
                    f"the token server {bare(url)} answers {response.status}: {self.refusal}"
                )
            body = await body_of(response, self._connection.limits.token, "the token")
        return _token_of(body)


def basic(login: Login) -> str:
    """The Authorization header of a user and a password."""
    return f"Basic {b64encode(f'{login.username}:{login.password}'.encode()).decode()}"


def _with_query(url: str, query: Mapping[str, str]) -> str:
    parts = urlsplit(url)
    joined = "&".join(filter(None, (parts.query, urlencode(query))))
    return urlunsplit((parts.scheme, parts.netloc, parts.path, joined, ""))


def _token_of(body: bytes) -> Token:
    try:
        answer = orjson.loads(body)
    except orjson.JSONDecodeError:
        answer = None
    said = answer if isinstance(answer, dict) else {}
    token = said.get("token") or said.get("access_token")
    if not isinstance(token, str) or not token.isascii() or not token.isprintable():
        raise OciError("the token server answers without a token")
    return Token(token, _life(said.get("expires_in")))


def _life(said: object) -> float:
    """How long a token is shown, by what its server says of it; whoever says less than the protocol
    has is taken at the word."""
    seconds = said if isinstance(said, int) and said > 0 else SHORTEST
    return min(seconds, LONGEST) * _PART
