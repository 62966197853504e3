"""HashiCorp Vault and OpenBao: data keys that are opened by a transit engine."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Protocol, cast
from urllib.parse import urlsplit

import orjson

from kustomize_controller.sops.configuration import key_in
from kustomize_controller.sops.metadata import MasterKey
from kustomize_controller.sops.value import SopsProblem
from shared.cloud.web import Call, Web

_PATH = re.compile(r"[\w-][\w.-]*(/[\w-][\w.-]*)*")


@dataclass(frozen=True, slots=True)
class Pass:
    """A token, and the certificates (PEM) by which its Vault is known; none: the system's."""

    token: str = field(repr=False)
    ca: str = field(default="", repr=False)


class Passes(Protocol):
    """Who may speak to which Vault. A document may name any (reliability-security.md E-10), so a
    token is shown to the addresses that its owner names and to nobody else."""

    async def at(self, address: str) -> Pass:
        """What is shown to the Vault at a normal address. Raises SopsProblem or CloudError for one
        that nothing may be shown to."""


@dataclass(frozen=True, slots=True)
class OwnToken:
    """A token that somebody has put there, and the `addresses` that it is for. `where`: where
    others would be added."""

    shown: Pass
    addresses: frozenset[str]
    where: str

    async def at(self, address: str) -> Pass:
        """The token, at one of its addresses. Raises SopsProblem for any other."""
        if address not in self.addresses:
            raise SopsProblem(
                f"the Vault at {address[:200]} is not one that the token may be shown to: "
                f"{self.where}"
            )
        return self.shown


@dataclass(frozen=True, slots=True)
class Vault:
    """Opens data keys by a Vault."""

    passes: Passes
    web: Web

    async def open(self, key: MasterKey) -> bytes:
        """The data key. Raises SopsProblem or CloudError."""
        address = normal(key.said.get("vault_address", ""))
        engine, name = key.said.get("engine_path", "").strip("/"), key.said.get("key_name", "")
        if not path_is_plain(engine) or not path_is_plain(name):
            raise SopsProblem("its engine_path or key_name is none")
        shown = await self.passes.at(address)
        headers = {"x-vault-token": shown.token, "x-vault-request": "true"}
        url = f"{address}/v1/{engine}/decrypt/{name}"
        body = orjson.dumps({"ciphertext": key.sealed})
        answer = await self.web.ask(Call(url, headers, body, ca=shown.ca))
        data = answer.fields("Vault").get("data")
        said = cast("dict[str, object]", data) if isinstance(data, dict) else {}
        return key_in(said.get("plaintext"), "Vault")


def path_is_plain(path: str) -> bool:
    """Whether a path leads nowhere but down."""
    return bool(_PATH.fullmatch(path))


def normal(address: str) -> str:
    """An address as it is compared: scheme, host and port. Raises SopsProblem for anything but
    https://."""
    parts = urlsplit(address.strip())
    if (
        parts.scheme != "https"
        or not parts.hostname
        or parts.username
        or parts.path not in ("", "/")
    ):
        raise SopsProblem("its Vault has to be an https:// address without a path")
    return f"https://{parts.netloc.lower()}"


def addresses_in(content: bytes) -> frozenset[str]:
    """The addresses of an entry `sops.vault-address`, one a line. Raises SopsProblem."""
    lines = (line.strip() for line in content.decode("utf-8", "replace").splitlines())
    return frozenset(normal(line) for line in lines if line and not line.startswith("#"))
