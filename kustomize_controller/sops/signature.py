"""How a request to AWS is signed (Signature Version 4). Pure."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

_METHOD = "AWS4-HMAC-SHA256"


@dataclass(frozen=True, slots=True)
class Credentials:
    """An access key; `session` is empty for one that does not run out."""

    key_id: str
    secret: str = field(repr=False)
    session: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Scope:
    """What a signature is good for."""

    region: str
    service: str


@dataclass(frozen=True, slots=True)
class Unsigned:
    """A POST to the root of a host."""

    host: str
    headers: Mapping[str, str]
    body: bytes = field(repr=False)

    def signed(self, credentials: Credentials, scope: Scope, moment: datetime) -> dict[str, str]:
        """Its headers with a signature. `moment` is in UTC."""
        time = moment.strftime("%Y%m%dT%H%M%SZ")
        session = {"x-amz-security-token": credentials.session} if credentials.session else {}
        headers = {"host": self.host, "x-amz-date": time, **self.headers, **session}
        lines = sorted((name.lower(), value.strip()) for name, value in headers.items())
        names = ";".join(name for name, _ in lines)
        place = f"{time[:8]}/{scope.region}/{scope.service}/aws4_request"
        request = "\n".join(
            [
                "POST",
                "/",
                "",
                *(f"{name}:{value}" for name, value in lines),
                "",
                names,
                _digest(self.body),
            ]
        )
        text = f"{_METHOD}\n{time}\n{place}\n{_digest(request.encode())}"
        signature = hmac.digest(_key(credentials, place), text.encode(), "sha256").hex()
        proof = (
            f"Credential={credentials.key_id}/{place}, SignedHeaders={names}, Signature={signature}"
        )
        return headers | {"authorization": f"{_METHOD} {proof}"}


def _key(credentials: Credentials, place: str) -> bytes:
    """The key of one day, region and service."""
    key = f"AWS4{credentials.secret}".encode()
    for part in place.split("/"):
        key = hmac.digest(key, part.encode(), "sha256")
    return key


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
