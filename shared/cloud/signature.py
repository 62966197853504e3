"""How a request to AWS is signed (Signature Version 4). Pure."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from urllib.parse import parse_qsl, quote, urlsplit

from shared.cloud.credential import AwsCredentials

_METHOD = "AWS4-HMAC-SHA256"
_MOMENT = "%Y%m%dT%H%M%SZ"
_PLAIN = "-_.~"


@dataclass(frozen=True, slots=True)
class Scope:
    """What a signature is good for."""

    region: str
    service: str

    def on(self, time: str) -> str:
        """The same with the day of a moment, as it is written into the signature."""
        return f"{time[:8]}/{self.region}/{self.service}/aws4_request"


@dataclass(frozen=True, slots=True)
class Unsigned:
    """A request, its URL encoded as it will be sent."""

    url: str
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = field(default=b"", repr=False)
    method: str = "POST"

    def signed(self, credentials: AwsCredentials, scope: Scope, moment: datetime) -> dict[str, str]:
        """Its headers with a signature. `moment` is in UTC. For S3 the digest of the body is among
        them, as it has to be there."""
        time = moment.strftime(_MOMENT)
        headers = {"host": urlsplit(self.url).netloc, "x-amz-date": time, **self.headers}
        if scope.service == "s3":
            headers["x-amz-content-sha256"] = _digest(self.body)
        if credentials.session:
            headers["x-amz-security-token"] = credentials.session
        names = _names(headers)
        request = self._canonical(scope, _query(self._said()), headers, _digest(self.body))
        place = scope.on(time)
        proof = (
            f"Credential={credentials.key_id}/{place}, SignedHeaders={names}, "
            f"Signature={signature_of(request, credentials, time, place)}"
        )
        return headers | {"authorization": f"{_METHOD} {proof}"}

    def presigned(
        self, credentials: AwsCredentials, scope: Scope, moment: datetime, seconds: int
    ) -> str:
        """The URL with a signature in it, good for so many seconds, for whoever sends the same
        headers and no body."""
        parts = urlsplit(self.url)
        time = moment.strftime(_MOMENT)
        headers = {"host": parts.netloc, **self.headers}
        said = {
            "X-Amz-Algorithm": _METHOD,
            "X-Amz-Credential": f"{credentials.key_id}/{scope.on(time)}",
            "X-Amz-Date": time,
            "X-Amz-Expires": str(seconds),
            "X-Amz-SignedHeaders": _names(headers),
        }
        if credentials.session:
            said["X-Amz-Security-Token"] = credentials.session
        query = _query([*self._said(), *said.items()])
        content = "UNSIGNED-PAYLOAD" if scope.service == "s3" else _digest(b"")
        request = self._canonical(scope, query, headers, content)
        proof = signature_of(request, credentials, time, scope.on(time))
        address = f"{parts.scheme}://{parts.netloc}{parts.path or '/'}"
        return f"{address}?{query}&X-Amz-Signature={proof}"

    def _said(self) -> list[tuple[str, str]]:
        return parse_qsl(urlsplit(self.url).query, keep_blank_values=True)

    def _canonical(self, scope: Scope, query: str, headers: Mapping[str, str], content: str) -> str:
        """The request in its canonical form. The path is encoded once more, but for S3, which takes
        it as it is sent."""
        path = urlsplit(self.url).path or "/"
        path = path if scope.service == "s3" else quote(path, safe=f"/{_PLAIN}")
        lines = sorted(f"{key.lower()}:{' '.join(value.split())}" for key, value in headers.items())
        return "\n".join([self.method, path, query, *lines, "", _names(headers), content])


def signature_of(request: str, credentials: AwsCredentials, time: str, place: str) -> str:
    """The signature of a request in its canonical form."""
    text = f"{_METHOD}\n{time}\n{place}\n{_digest(request.encode())}"
    return hmac.digest(_key(credentials, place), text.encode(), "sha256").hex()


def _names(headers: Iterable[str]) -> str:
    return ";".join(sorted(name.lower() for name in headers))


def _query(pairs: Iterable[tuple[str, str]]) -> str:
    encoded = sorted((quote(key, safe=_PLAIN), quote(value, safe=_PLAIN)) for key, value in pairs)
    return "&".join(f"{key}={value}" for key, value in encoded)


def _key(credentials: AwsCredentials, place: str) -> bytes:
    """The key of one day, region and service."""
    key = f"AWS4{credentials.secret}".encode()
    for part in place.split("/"):
        key = hmac.digest(key, part.encode(), "sha256")
    return key


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
