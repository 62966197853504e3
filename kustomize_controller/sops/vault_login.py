"""Tokens of Vault and OpenBao for tokens of service accounts (reference flux.md 4.6).

Which Vaults are trusted, and where one signs in there, is for the operator to say, in the ConfigMap
of `--sops-vault-configmap`.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import cast

import orjson

from kustomize_controller.sops.value import SopsProblem
from kustomize_controller.sops.vault import Pass, normal, path_is_plain
from shared.cloud.error import CloudError
from shared.cloud.identity import Identity
from shared.cloud.keep import Keep
from shared.cloud.surroundings import Surroundings
from shared.cloud.web import Call
from shared.manifest.document import CONFIGURATION, DocumentError, parse

ENTRY = "config.yaml"
_MOST = 86_400.0


@dataclass(frozen=True, slots=True)
class Login:
    """Where one signs in: the address as it was written, which is whom the account's token is for,
    and the path."""

    address: str
    path: str


@dataclass(frozen=True, slots=True)
class VaultToken:
    """A token of a Vault, and until when it is good (UTC)."""

    text: str = field(repr=False)
    until: datetime


@dataclass(frozen=True, slots=True)
class VaultLogins:
    """Signs in as an account, in the role `<namespace>_<name>`. `logins`: what the operator has
    said, by normal address; `identity`: the account that signs in."""

    logins: Callable[[], Awaitable[Mapping[str, Login]]]
    identity: Callable[[], Awaitable[Identity]]
    surroundings: Surroundings
    keep: Keep[VaultToken]

    async def at(self, address: str) -> Pass:
        """A token of the Vault at an address. Raises SopsProblem for one that is not listed, and a
        Problem where nobody is let in."""
        login = (await self.logins()).get(address)
        if login is None:
            raise SopsProblem(
                f"the Vault at {address[:200]} is not listed in {ENTRY} of the ConfigMap of "
                "--sops-vault-configmap, and the decryption Secret has no entry sops.vault-token"
            )
        who = await self.identity()
        token = await self.keep.of((who, login), lambda: self._asked(who, login))
        return Pass(token.text)

    async def _asked(self, who: Identity, login: Login) -> VaultToken:
        statement = await self.surroundings.accounts.token(who, (login.address,))
        role = f"{who.namespace}_{who.account}"
        body = orjson.dumps({"role": role, "jwt": statement})
        url = f"{normal(login.address)}/v1/{login.path}"
        headers = {"content-type": "application/json", "x-vault-request": "true"}
        answer = await self.surroundings.web.ask(Call(url, headers, body))
        given = answer.fields(f"Vault, asked for role {role},").get("auth")
        said = cast("dict[str, object]", given) if isinstance(given, dict) else {}
        text, seconds = said.get("client_token"), said.get("lease_duration")
        if not isinstance(text, str) or not text:
            raise CloudError("Vault answers without a token")
        life = min(float(seconds), _MOST) if isinstance(seconds, int | float) else 0.0
        return VaultToken(text, self.surroundings.clock.now() + timedelta(seconds=life))


def logins_in(content: str) -> dict[str, Login]:
    """The instances of such a ConfigMap, by normal address. Raises SopsProblem."""
    try:
        found = parse(content.encode(), path=ENTRY, rules=CONFIGURATION)
    except DocumentError as error:
        raise SopsProblem(f"{ENTRY} cannot be read: {error}") from None
    listed = found[0].get("instances") if found else None
    if not isinstance(listed, list):
        raise SopsProblem(f"{ENTRY} has no list of instances")
    return dict(_login(one) for one in listed)


def _login(said: object) -> tuple[str, Login]:
    fields = cast("dict[str, object]", said) if isinstance(said, dict) else {}
    address, path = str(fields.get("address", "")), str(fields.get("loginPath", "")).strip("/")
    if not path_is_plain(path):
        raise SopsProblem(f"{ENTRY}: the instance {address[:200]!r} has no loginPath")
    return normal(address), Login(address, path)
