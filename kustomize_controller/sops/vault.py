"""HashiCorp Vault and OpenBao: data keys that are opened by a transit engine."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import cast
from urllib.parse import urlsplit

import orjson

from kustomize_controller.sops.configuration import key_in
from kustomize_controller.sops.https import Https, Post
from kustomize_controller.sops.metadata import MasterKey
from kustomize_controller.sops.value import SopsProblem

_PATH = re.compile(r"[\w-][\w.-]*(/[\w-][\w.-]*)*")


@dataclass(frozen=True, slots=True)
class Vault:
    """Opens data keys by a Vault. The token is shown to the `addresses` and to nobody else: a
    document may name any (reliability-security.md E-10). `ca`: who is trusted to know them."""

    token: str = field(repr=False)
    addresses: frozenset[str]
    ca: str
    https: Https

    async def open(self, key: MasterKey) -> bytes:
        """The data key."""
        address = normal(key.said.get("vault_address", ""))
        engine, name = key.said.get("engine_path", "").strip("/"), key.said.get("key_name", "")
        if address not in self.addresses:
            raise SopsProblem(
                f"the Vault at {address[:200]} is not one that the token may be shown to: add it "
                "to the entry sops.vault-address of the decryption Secret, one address a line"
            )
        if not _PATH.fullmatch(engine) or not _PATH.fullmatch(name):
            raise SopsProblem("its engine_path or key_name is none")
        headers = {"x-vault-token": self.token, "x-vault-request": "true"}
        url = f"{address}/v1/{engine}/decrypt/{name}"
        body = orjson.dumps({"ciphertext": key.sealed})
        answer = await self.https.post(Post(url, headers, body, self.ca))
        data = answer.fields("Vault").get("data")
        said = cast("dict[str, object]", data) if isinstance(data, dict) else {}
        return key_in(said.get("plaintext"), "Vault")


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
