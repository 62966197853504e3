"""Apps of GitHub: tokens of their installations."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from shared.cloud.assertion import assertion, private_key
from shared.cloud.credential import BearerToken
from shared.cloud.error import CloudError
from shared.cloud.token_answer import moment_in
from shared.cloud.web import Call, Reply, Web
from shared.reconcile.clock import Clock

USERNAME = "x-access-token"
"""The user name beside such a token."""

APP, OWNER, INSTALLATION = "githubAppID", "githubAppInstallationOwner", "githubAppInstallationID"
PRIVATE_KEY, BASE = "githubAppPrivateKey", "githubAppBaseURL"
_PUBLIC = "https://api.github.com"
_NUMBER = re.compile(r"[0-9]{1,19}")
_NAME = re.compile(r"[A-Za-z0-9-]{1,100}")
_OF = "GitHub"
_DRIFT, _LIFE = 30, 120


@dataclass(frozen=True, slots=True)
class GitHubApp:
    """An app, and the installation of it that is meant: by its number, or by who it belongs to.
    `base`: the URL of the API. `ca`: certificates (PEM) that are trusted instead of the system's.
    """

    app: str
    installation: str
    owner: str
    base: str
    key: str = field(repr=False)
    ca: str = field(default="", repr=False)

    async def token(self, web: Web, clock: Clock, proxy: str = "") -> BearerToken:
        """A token of the installation, good for an hour. Raises CloudError."""
        now = int(clock.now().timestamp()) - _DRIFT
        claims = {"iat": now, "exp": now + _LIFE, "iss": self.app}
        statement = assertion(private_key(self.key), {}, claims)
        line = _Line(web, self, statement, proxy)
        number = self.installation or await self._installation(line)
        reply = await line.ask(f"/app/installations/{number}/access_tokens", "POST")
        said = reply.fields(_OF)
        text = said.get("token")
        if not isinstance(text, str) or not text:
            raise CloudError(f"{_OF} answers without a token")
        return BearerToken(text, moment_in(said.get("expires_at")))

    async def _installation(self, line: _Line) -> str:
        """The number of the owner's installation: of an organisation, or of a person."""
        reply = await line.ask(f"/orgs/{self.owner}/installation", "GET")
        if reply.status == 404:
            reply = await line.ask(f"/users/{self.owner}/installation", "GET")
        number = str(reply.fields(f"{_OF}, asked for the installation of {self.owner},").get("id"))
        if not _NUMBER.fullmatch(number):
            raise CloudError(f"{_OF} names no installation of {self.owner}")
        return number


@dataclass(frozen=True, slots=True)
class _Line:
    """Requests of an app."""

    web: Web
    app: GitHubApp
    statement: str = field(repr=False)
    proxy: str = field(repr=False)

    async def ask(self, path: str, method: str) -> Reply:
        headers = {
            "authorization": f"Bearer {self.statement}",
            "accept": "application/vnd.github+json",
            "user-agent": "penstock",
        }
        url = f"{self.app.base}{path}"
        call = Call(url, headers, method=method, ca=self.app.ca, proxy=self.proxy)
        return await self.web.ask(call)


def app_in(data: Mapping[str, str]) -> GitHubApp:
    """The app that a Secret describes. Raises CloudError with the key of the Secret."""
    app, number, owner = (data.get(key, "").strip() for key in (APP, INSTALLATION, OWNER))
    if not _NUMBER.fullmatch(app):
        raise CloudError(f"'{APP}' has to be a number")
    if bool(number) == bool(owner):
        raise CloudError(f"either '{INSTALLATION}' or '{OWNER}' has to be there, and not both")
    if number and not _NUMBER.fullmatch(number):
        raise CloudError(f"'{INSTALLATION}' has to be a number")
    if owner and not _NAME.fullmatch(owner):
        raise CloudError(f"'{OWNER}' has to be the name of an organisation or a user")
    try:
        private_key(data.get(PRIVATE_KEY, ""))
    except CloudError as problem:
        raise CloudError(f"'{PRIVATE_KEY}' {problem}") from None
    ca = data.get("ca.crt") or data.get("caFile", "")
    return GitHubApp(app, number, owner, _base(data.get(BASE, "")), data[PRIVATE_KEY], ca)


def _base(said: str) -> str:
    """The URL of the API: of a server of one's own below `/api/v3`."""
    said = said.strip().rstrip("/")
    if not said:
        return _PUBLIC
    parts = urlsplit(said)
    if parts.scheme != "https" or not parts.hostname or parts.username or parts.query:
        raise CloudError(f"'{BASE}' has to be an https:// URL")
    has_place = parts.path.endswith("/api/v3") or parts.hostname.startswith("api.")
    return said if has_place else f"{said}/api/v3"
