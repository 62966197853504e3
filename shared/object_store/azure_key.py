"""How a request to Azure Storage is signed with the key of an account (Shared Key). Pure."""

from __future__ import annotations

import base64
import binascii
import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, urlsplit

from shared.object_store.error import ObjectStoreError


@dataclass(frozen=True, slots=True)
class SharedKey:
    """An account, and its key in base64."""

    account: str
    key: str = field(repr=False)

    def signature(self, method: str, url: str, headers: Mapping[str, str]) -> str:
        """The Authorization header of a request without a body. Raises ObjectStoreError for a key
        that is none."""
        try:
            key = base64.b64decode(self.key, validate=True)
        except binascii.Error:
            raise ObjectStoreError("'accountKey' is not in base64") from None
        # A body, its digests and conditions: we send none of them.
        nothing = [""] * 11
        lines = [method, *nothing, *_named(headers), _resource(self.account, url)]
        proof = hmac.digest(key, "\n".join(lines).encode(), "sha256")
        return f"SharedKey {self.account}:{base64.b64encode(proof).decode()}"


def _named(headers: Mapping[str, str]) -> list[str]:
    own = {name.lower(): value for name, value in headers.items()}
    return [f"{name}:{own[name]}" for name in sorted(own) if name.startswith("x-ms-")]


def _resource(account: str, url: str) -> str:
    parts = urlsplit(url)
    said = sorted(parse_qsl(parts.query, keep_blank_values=True))
    return "\n".join(
        [f"/{account}{parts.path}", *(f"{name.lower()}:{value}" for name, value in said)]
    )
