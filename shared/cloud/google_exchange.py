"""Tokens of other issuers, exchanged for tokens of Google Cloud."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

import orjson

from shared.cloud.credential import BearerToken
from shared.cloud.error import CloudError
from shared.cloud.surroundings import Surroundings
from shared.cloud.token_answer import moment_in, token_in
from shared.cloud.web import Call, form

TOKEN_URL = "https://sts.googleapis.com/v1/token"
JWT = "urn:ietf:params:oauth:token-type:jwt"
SCOPES = (
    "https://www.googleapis.com/auth/cloud-platform",
    "https://www.googleapis.com/auth/userinfo.email",
)
_ACCESS = "urn:ietf:params:oauth:token-type:access_token"
_ACCOUNT = re.compile(r"[a-zA-Z0-9-]{1,100}@[a-zA-Z0-9-]{1,100}\.iam\.gserviceaccount\.com")


@dataclass(frozen=True, slots=True)
class Exchange:
    """What a token is exchanged for. `audience`: the pool and provider that trust its issuer;
    `account`: the service account that is then acted as; empty: none, the token's own identity has
    the rights."""

    audience: str
    account: str = ""
    token_url: str = TOKEN_URL
    token_type: str = JWT
    proxy: str = field(default="", repr=False)

    async def token(self, surroundings: Surroundings, subject: str) -> BearerToken:
        """A token of Google Cloud for a token of another issuer. Raises CloudError."""
        fields = {
            "grant_type": "urn:ietf:params:oauth:grant-type:token-exchange",
            "audience": self.audience,
            "scope": " ".join(SCOPES),
            "requested_token_type": _ACCESS,
            "subject_token_type": self.token_type,
            "subject_token": subject,
        }
        headers, body = form(fields)
        reply = await surroundings.web.ask(Call(self.token_url, headers, body, proxy=self.proxy))
        own = token_in(reply.fields("Google STS"), "Google STS", surroundings.clock)
        return await self._acting(surroundings, own) if self.account else own

    async def _acting(self, surroundings: Surroundings, own: BearerToken) -> BearerToken:
        """A token of the service account that is acted as."""
        url = (
            "https://iamcredentials.googleapis.com/v1/projects/-/serviceAccounts/"
            f"{self.account}:generateAccessToken"
        )
        headers = {"authorization": f"Bearer {own.text}", "content-type": "application/json"}
        body = orjson.dumps({"scope": SCOPES, "lifetime": "3600s"})
        reply = await surroundings.web.ask(Call(url, headers, body, proxy=self.proxy))
        of = f"Google IAM for {self.account}"
        said = reply.fields(of)
        text = said.get("accessToken")
        if not isinstance(text, str) or not text:
            raise CloudError(f"{of} answers without a token")
        return BearerToken(text, moment_in(said.get("expireTime")))


def account_named(said: str, place: str) -> str:
    """The e-mail address of a service account. Raises CloudError for what is none: it becomes a
    part of an address."""
    if said and not _ACCOUNT.fullmatch(said):
        raise CloudError(
            f"{place} has to be name@project.iam.gserviceaccount.com, and is {said[:200]!r}"
        )
    return said
