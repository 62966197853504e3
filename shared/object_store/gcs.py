"""A bucket of Google Cloud Storage, by its JSON interface."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import cast
from urllib.parse import quote, urlencode

import orjson

from shared.object_store.error import (
    AccessRefused,
    NoSuchBucket,
    NoSuchObject,
    ObjectStoreError,
)
from shared.object_store.line import CHUNK, Ask, Line, Reply, away
from shared.object_store.thing import Incoming, Listed

ENDPOINT = "https://storage.googleapis.com"
"""Where Google's store is. A token of ours is shown to no other, whatever a Bucket names."""

PAGE = 1_000
_BUCKET = re.compile(r"[a-z0-9][a-z0-9._-]{1,220}[a-z0-9]")
_ITEM = "name,etag,size,generation"


@dataclass(frozen=True, slots=True)
class GcsBucket:
    """One bucket. `token`: empty for one that lets anybody in."""

    line: Line
    name: str
    token: str = field(default="", repr=False)
    endpoint: str = ENDPOINT

    async def check(self) -> None:
        """Raises NoSuchBucket, AccessRefused; for a name that can be none, ObjectStoreError."""
        if not _BUCKET.fullmatch(self.name):
            raise ObjectStoreError(f"there can be no bucket with the name {self.name[:200]!r}")
        try:
            await self._asked("listing", f"{self._root}?{urlencode({'fields': 'name'})}")
        except NoSuchObject as problem:
            raise NoSuchBucket(str(problem)) from None

    async def listing(self, prefix: str) -> AsyncIterator[list[Listed]]:
        """The objects, page by page. Raises ObjectStoreError for a listing that goes round in a
        circle."""
        token, seen = "", set[str]()
        while True:
            query = {"maxResults": str(PAGE), "fields": f"items({_ITEM}),nextPageToken"}
            query |= {"prefix": prefix} if prefix else {}
            query |= {"pageToken": token} if token else {}
            found = await self._asked("listing", f"{self._root}/o?{urlencode(query)}")
            items = found.get("items")
            yield [_listed(one) for one in items] if isinstance(items, list) else []
            token = _text(found, "nextPageToken")
            if not token:
                return
            if token in seen:
                raise ObjectStoreError("the object store's listing has no end")
            seen.add(token)

    @asynccontextmanager
    async def fetch(self, listed: Listed) -> AsyncIterator[Incoming]:
        """The content of an object: of the version that was listed, if it is still the newest, so
        that what is sent is what its tag is of."""
        newest = listed if listed.version else await self._newest(listed)
        try:
            async with self._version(newest) as incoming:
                yield incoming
        except _Changed:
            async with self._version(await self._newest(listed)) as incoming:
                yield incoming

    @property
    def _root(self) -> str:
        return f"{self.endpoint}/storage/v1/b/{quote(self.name, safe='')}"

    @asynccontextmanager
    async def _version(self, listed: Listed) -> AsyncIterator[Incoming]:
        query = urlencode({"alt": "media", "ifGenerationMatch": listed.version})
        ask = self._ask(f"object '{listed.key}'", f"{self._object(listed)}?{query}")
        async with self.line.answer(ask) as answer:
            if answer.status == 412:
                raise _Changed(f"object '{listed.key}' changes all the time")
            if answer.status != 200:
                body = await answer.content.read(CHUNK)
                raise _refusal(ask, Reply(answer.status, answer.headers, body))
            yield Incoming(listed.tag, answer.content.iter_chunked(CHUNK))

    async def _newest(self, listed: Listed) -> Listed:
        """An object as it is now. Raises NoSuchObject."""
        query = urlencode({"fields": _ITEM})
        found = await self._asked(f"object '{listed.key}'", f"{self._object(listed)}?{query}")
        return replace(_listed(found), key=listed.key)

    async def _asked(self, about: str, url: str) -> Mapping[str, object]:
        async def once() -> Reply:
            ask = self._ask(about, url)
            reply = await self.line.ask(ask)
            if reply.status != 200:
                raise _refusal(ask, reply)
            return reply

        return _fields((await self.line.patiently(once)).body)

    def _object(self, listed: Listed) -> str:
        return f"{self._root}/o/{quote(listed.key, safe='')}"

    def _ask(self, about: str, url: str) -> Ask:
        return Ask(url, about, {"Authorization": f"Bearer {self.token}"} if self.token else {})


class _Changed(ObjectStoreError):
    """There is a newer version."""


def _fields(body: bytes) -> Mapping[str, object]:
    try:
        found = orjson.loads(body)
    except orjson.JSONDecodeError:
        found = None
    if not isinstance(found, dict):
        raise ObjectStoreError("the object store answers with what is no JSON object")
    return cast("Mapping[str, object]", found)


def _listed(found: object) -> Listed:
    said = cast("Mapping[str, object]", found) if isinstance(found, dict) else {}
    size = _text(said, "size")
    return Listed(
        _text(said, "name"),
        _text(said, "etag"),
        int(size) if size.isdigit() and len(size) < 19 else 0,
        _text(said, "generation"),
    )


def _text(said: Mapping[str, object], name: str) -> str:
    found = said.get(name)
    return found if isinstance(found, str) else ""


def _refusal(ask: Ask, reply: Reply) -> ObjectStoreError:
    if problem := away(ask, reply.status, reply.headers):
        return problem
    text = f"{ask.about}: {_reason(reply)}"
    if reply.status == 404:
        return NoSuchObject(text)
    return AccessRefused(text) if reply.status in {401, 403} else ObjectStoreError(text)


def _reason(reply: Reply) -> str:
    """What Google says, which is in one of two places."""
    try:
        error = _fields(reply.body).get("error")
    except ObjectStoreError:
        error = None
    said = _text(cast("Mapping[str, object]", error), "message") if isinstance(error, dict) else ""
    return " ".join(said.split())[:200] or f"the object store answers {reply.status}"
