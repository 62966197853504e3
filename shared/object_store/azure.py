"""A container of Azure Blob Storage."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from email.utils import format_datetime
from urllib.parse import quote, urlsplit

from shared.object_store.azure_key import SharedKey
from shared.object_store.error import (
    AccessRefused,
    NoSuchBucket,
    NoSuchObject,
    ObjectStoreError,
)
from shared.object_store.line import CHUNK, Ask, Line, Reply, away
from shared.object_store.markup import codes, read
from shared.object_store.thing import Incoming, Listed

VERSION = "2021-12-02"
PAGE = 5_000
SUFFIXES = (
    ".blob.core.windows.net",
    ".blob.core.usgovcloudapi.net",
    ".blob.core.chinacloudapi.cn",
    ".blob.storage.azure.net",
)
"""The hosts of Azure. A token of ours is shown to no other."""

_CONTAINER = re.compile(r"[$a-z0-9][a-z0-9-]{1,61}[a-z0-9]|\$root|\$web|\$logs")
_CODE = "x-ms-error-code"


@dataclass(frozen=True, slots=True)
class AzureAccess:
    """What requests are shown: a key, or a token, or the query of a shared access signature, or
    nothing."""

    key: SharedKey | None = None
    token: str = field(default="", repr=False)
    query: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class AzureContainer:
    """One container. `root`: its URL, without a query."""

    line: Line
    root: str
    access: AzureAccess

    async def check(self) -> None:
        """Raises NoSuchBucket, AccessRefused. A signature for one container is refused for another
        that there is not, as for one that there is."""
        await self._page("", "", 1)

    async def listing(self, prefix: str) -> AsyncIterator[list[Listed]]:
        """The objects, page by page. Raises ObjectStoreError for a listing that goes round in a
        circle."""
        marker, seen = "", set[str]()
        while True:
            reply = await self._page(prefix, marker, PAGE)
            answer = read(reply.body, "Blob")
            yield [_listed(record) for record in answer.records]
            marker = answer.fields.get("NextMarker", "")
            if not marker:
                return
            if marker in seen:
                raise ObjectStoreError("the object store's listing has no end")
            seen.add(marker)

    @asynccontextmanager
    async def fetch(self, listed: Listed) -> AsyncIterator[Incoming]:
        """The content of an object; what is sent and its tag are of one version."""
        url = f"{self.root}/{quote(listed.key, safe='/-_.~')}"
        ask = self._ask(f"object '{listed.key}'", url)
        async with self.line.answer(ask) as answer:
            if answer.status != 200:
                body = await answer.content.read(CHUNK)
                raise _refusal(ask, Reply(answer.status, answer.headers, body))
            yield Incoming(_tag(answer.headers.get("ETag", "")), answer.content.iter_chunked(CHUNK))

    async def _page(self, prefix: str, marker: str, size: int) -> Reply:
        query = {"restype": "container", "comp": "list", "maxresults": str(size)}
        query |= {"prefix": prefix} if prefix else {}
        query |= {"marker": marker} if marker else {}
        said = "&".join(f"{name}={quote(value, safe='')}" for name, value in query.items())

        async def once() -> Reply:
            ask = self._ask("listing", f"{self.root}?{said}")
            reply = await self.line.ask(ask)
            if reply.status != 200:
                raise _refusal(ask, reply)
            return reply

        return await self.line.patiently(once)

    def _ask(self, about: str, url: str) -> Ask:
        moment = format_datetime(self.line.clock.now(), usegmt=True)
        headers = {"x-ms-date": moment, "x-ms-version": VERSION}
        if self.access.query:
            url += ("&" if "?" in url else "?") + self.access.query
        if self.access.token:
            headers["Authorization"] = f"Bearer {self.access.token}"
        elif self.access.key is not None:
            headers["Authorization"] = self.access.key.signature("GET", url, headers)
        return Ask(url, about, headers)


def root_of(endpoint: str, container: str) -> str:
    """The URL of a container of the account at an endpoint. Raises ObjectStoreError for what is no
    endpoint or no container."""
    parts = urlsplit(endpoint)
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.username:
        raise ObjectStoreError(
            "the endpoint has to be the URL of an account, such as "
            "https://account.blob.core.windows.net"
        )
    if not _CONTAINER.fullmatch(container):
        raise ObjectStoreError(f"there can be no container with the name {container[:200]!r}")
    return f"{parts.scheme}://{parts.netloc}{parts.path.rstrip('/')}/{container}"


def account_of(endpoint: str) -> str:
    """The account of an endpoint: the first name of its host, or, at an address, of its path.
    Raises ObjectStoreError where there is none."""
    parts = urlsplit(endpoint)
    names = (parts.hostname or "").split(".")
    if not (parts.hostname or "").replace(".", "").isdigit() and len(names) > 2:
        return names[0]
    first = parts.path.strip("/").partition("/")[0]
    if not first:
        raise ObjectStoreError(
            "failed to extract account name from endpoint: expected a host such as "
            "account.blob.core.windows.net"
        )
    return first


def is_azure(endpoint: str) -> bool:
    """Whether an endpoint is Azure's own, and spoken to by TLS."""
    parts = urlsplit(endpoint)
    return parts.scheme == "https" and (parts.hostname or "").endswith(SUFFIXES)


def _listed(record: dict[str, str]) -> Listed:
    size = record.get("Content-Length", "0")
    return Listed(
        record.get("Name", ""),
        _tag(record.get("Etag", "")),
        int(size) if size.isdigit() and len(size) < 19 else 0,
    )


def _tag(said: str) -> str:
    """As answers have it, which is how Flux notes it: a listing leaves the quotes out."""
    bare = said.strip('"')
    return f'"{bare}"' if bare else ""


def _refusal(ask: Ask, reply: Reply) -> ObjectStoreError:
    if problem := away(ask, reply.status, reply.headers):
        return problem
    code = reply.headers.get(_CODE, "") or next(codes(reply.body), "")
    text = f"{ask.about}: {code[:100] or f'the object store answers {reply.status}'}"
    if code == "ContainerNotFound":
        return NoSuchBucket(text)
    if reply.status == 404:
        return NoSuchObject(text)
    return AccessRefused(text) if reply.status in {401, 403} else ObjectStoreError(text)
