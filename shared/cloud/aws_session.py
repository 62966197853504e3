"""Sessions of roles: what AWS's token service gives for a token, or for other credentials."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from shared.cloud.credential import AwsCredentials
from shared.cloud.error import CloudError
from shared.cloud.region import host_of
from shared.cloud.signature import Scope, Unsigned
from shared.cloud.surroundings import Surroundings
from shared.cloud.token_answer import moment_in
from shared.cloud.web import Call, Reply, form

_FIELDS = re.compile(r"<(AccessKeyId|SecretAccessKey|SessionToken|Expiration)>([^<]+)</")
_FAULTS = re.compile(r"<(Code|Message)>([^<]+)</")
_SHOWN = 200
_VERSION = "2011-06-15"
_SESSION = re.compile(r"[^\w+=,.@-]")
LONGEST_NAME = 64
ENDPOINT = "AWS_ENDPOINT_URL_STS"


def named_session(*parts: str) -> str:
    """The name of a session, which AWS's audit log shows: at most 64 of the letters it may have."""
    return _SESSION.sub("-", ".".join(parts))[:LONGEST_NAME]


@dataclass(frozen=True, slots=True)
class Role:
    """A role that is taken on. `arn`: which; `session`: the name that is left in AWS's log;
    `region`: whose token service is asked."""

    arn: str
    session: str
    region: str

    async def by_token(
        self, surroundings: Surroundings, token: str, proxy: str = ""
    ) -> AwsCredentials:
        """The role's session for a token of a service account. Raises CloudError."""
        headers, body = self._form("AssumeRoleWithWebIdentity", WebIdentityToken=token)
        url, near = self._endpoint(surroundings)
        return self._session_in(
            await surroundings.web.ask(Call(url, headers, body, proxy=proxy, near=near))
        )

    async def by_credentials(
        self, surroundings: Surroundings, own: AwsCredentials
    ) -> AwsCredentials:
        """The role's session for credentials that may take it on. Raises CloudError."""
        headers, body = self._form("AssumeRole")
        url, near = self._endpoint(surroundings)
        scope = Scope(self.region, "sts")
        signed = Unsigned(url, headers, body).signed(own, scope, surroundings.clock.now())
        return self._session_in(await surroundings.web.ask(Call(url, signed, body, near=near)))

    def _form(self, action: str, **said: str) -> tuple[dict[str, str], bytes]:
        named = {"RoleArn": self.arn, "RoleSessionName": self.session}
        return form({"Action": action, "Version": _VERSION, **named, **said})

    def _endpoint(self, surroundings: Surroundings) -> tuple[str, bool]:
        """Where the token service is, and whether the environment says so."""
        own = surroundings.variable(ENDPOINT)
        return (own, True) if own else (f"https://{host_of('sts', self.region)}/", False)

    def _session_in(self, reply: Reply) -> AwsCredentials:
        text = reply.body.decode("utf-8", "replace")
        if reply.status != 200:
            said = " ".join(value for _, value in _FAULTS.findall(text))[:_SHOWN]
            raise CloudError(
                f"AWS STS answers {reply.status} for {self.arn}{f': {said}' if said else ''}"
            )
        return _made(dict(_FIELDS.findall(text)), "SessionToken", "AWS STS")


def in_json(reply: Reply, of: str) -> AwsCredentials:
    """The credentials that a metadata service or an agent gives. Raises CloudError."""
    return _made(reply.fields(of), "Token", of)


def _made(said: Mapping[str, object], session: str, of: str) -> AwsCredentials:
    found = {key: value for key, value in said.items() if isinstance(value, str)}
    if not found.get("AccessKeyId") or not found.get("SecretAccessKey"):
        raise CloudError(f"{of} answers without credentials")
    return AwsCredentials(
        found["AccessKeyId"],
        found["SecretAccessKey"],
        found.get(session, ""),
        moment_in(found.get("Expiration", "")),
    )
