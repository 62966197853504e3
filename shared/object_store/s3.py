"""A bucket of Amazon S3, or of whatever speaks as it does."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from urllib.parse import unquote

import aiohttp

from shared.cloud.credential import AwsCredentials
from shared.cloud.signature import Scope, Unsigned
from shared.object_store.error import (
    AccessRefused,
    NoSuchBucket,
    NoSuchObject,
    ObjectStoreError,
)
from shared.object_store.line import CHUNK, Ask, Line, Reply, away
from shared.object_store.markup import codes, read
from shared.object_store.s3_place import Place
from shared.object_store.thing import Incoming, Listed

PAGE = 1_000
UPLOAD_SECONDS = 3_600
"""How long the signature of an upload is good for."""

_REGION = "x-amz-bucket-region"


@dataclass(slots=True)
class S3Bucket:
    """One bucket. `credentials`: None for one that lets anybody in."""

    line: Line
    place: Place
    credentials: AwsCredentials | None = None

    async def check(self) -> None:
        """Raises NoSuchBucket, AccessRefused. Looks at the list of objects: whoever may read that
        may not be allowed to ask for the bucket itself."""
        await self._page("", "", 1)

    async def listing(self, prefix: str) -> AsyncIterator[list[Listed]]:
        """The objects, page by page. Raises ObjectStoreError for a listing that goes round in a
        circle, or ends too early."""
        token, seen = "", set[str]()
        while True:
            reply = await self._page(prefix, token, PAGE)
            answer = read(reply.body, "Contents")
            is_encoded = answer.fields.get("EncodingType") == "url"
            yield [_listed(one, is_encoded=is_encoded) for one in answer.records]
            if answer.fields.get("IsTruncated", "false") != "true":
                return
            token = answer.fields.get("NextContinuationToken", "")
            if not token or token in seen:
                raise ObjectStoreError("the object store's listing has no end")
            seen.add(token)

    @asynccontextmanager
    async def fetch(self, listed: Listed) -> AsyncIterator[Incoming]:
        """The content of an object. What is sent and its tag are of one answer, so of one
        version."""
        ask = self._ask(f"object '{listed.key}'", self.place.url(listed.key))
        async with self.line.answer(ask) as answer:
            if answer.status != 200:
                raise _refusal(ask, await _body(answer))
            yield Incoming(_tag(answer.headers.get("ETag", "")), answer.content.iter_chunked(CHUNK))

    async def head(self, key: str) -> tuple[int, str]:
        """The bytes of an object, and its tag. Raises NoSuchObject."""
        ask = self._ask(f"object '{key}'", self.place.url(key), method="HEAD")
        reply = await self._asked(ask)
        return int(reply.headers.get("Content-Length", "0")), _tag(reply.headers.get("ETag", ""))

    @asynccontextmanager
    async def part(self, key: str, start: int, length: int) -> AsyncIterator[AsyncIterator[bytes]]:
        """Some bytes of an object. Raises NoSuchObject."""
        wanted = {"range": f"bytes={start}-{start + length - 1}"}
        ask = self._ask(f"object '{key}'", self.place.url(key), headers=wanted)
        async with self.line.answer(ask) as answer:
            if answer.status not in {200, 206}:
                raise _refusal(ask, await _body(answer))
            yield answer.content.iter_chunked(CHUNK)

    async def put(
        self, key: str, size: int, content: Callable[[], AsyncIterator[bytes]], checksum: str
    ) -> str:
        """Store an object of so many bytes in place of what was there, in one step; its tag.
        `content` is called again for another try; `checksum`: the MD5 of it in base64, by which the
        store sees that all has come."""

        async def once() -> str:
            ask = self._upload(key, size, content(), checksum)
            reply = await self.line.ask(ask)
            if reply.status not in {200, 201, 204}:
                raise _refusal(ask, reply)
            return _tag(reply.headers.get("ETag", ""))

        return await self.line.patiently(once)

    async def delete(self, key: str) -> None:
        """Remove an object, if it is there."""
        ask = self._ask(f"object '{key}'", self.place.url(key), method="DELETE")
        try:
            await self._asked(ask)
        except NoSuchObject:
            return

    async def _page(self, prefix: str, token: str, size: int) -> Reply:
        query = {"list-type": "2", "max-keys": str(size), "encoding-type": "url"}
        query |= {"prefix": prefix} if prefix else {}
        query |= {"continuation-token": token} if token else {}

        def asking() -> Ask:
            return self._ask("listing", self.place.url(**query))

        reply = await self.line.patiently(lambda: self._once(asking()))
        if self._moves(reply):
            reply = await self.line.patiently(lambda: self._once(asking()))
        if reply.status != 200:
            raise _refusal(asking(), reply)
        return reply

    async def _asked(self, ask: Ask) -> Reply:
        reply = await self.line.patiently(lambda: self._once(ask))
        if reply.status not in {200, 204}:
            raise _refusal(ask, reply)
        return reply

    async def _once(self, ask: Ask) -> Reply:
        reply = await self.line.ask(ask)
        if problem := away(ask, reply.status, reply.headers):
            raise problem
        return reply

    def _moves(self, reply: Reply) -> bool:
        """Whether the store says that the bucket is in another region; from now on it is asked
        there."""
        named = reply.headers.get(_REGION, "")
        if reply.status in {200, 404} or named in {"", self.place.region} or len(named) > 50:
            return False
        self.place = replace(self.place, region=named)
        return True

    def _ask(
        self, about: str, url: str, *, method: str = "GET", headers: dict[str, str] | None = None
    ) -> Ask:
        said = headers or {}
        if self.credentials is not None:
            request = Unsigned(url, said, method=method)
            said = request.signed(self.credentials, self._scope(), self.line.clock.now())
            said = {name: value for name, value in said.items() if name != "host"}
        return Ask(url, about, said, method)

    def _upload(self, key: str, size: int, content: AsyncIterator[bytes], checksum: str) -> Ask:
        """The signature stands in the URL: the body is not read before it is sent."""
        headers = {"Content-Length": str(size), "Content-MD5": checksum}
        url = self.place.url(key)
        if self.credentials is not None:
            url = Unsigned(url, method="PUT").presigned(
                self.credentials, self._scope(), self.line.clock.now(), UPLOAD_SECONDS
            )
        return Ask(url, f"object '{key}'", headers, "PUT", content)

    def _scope(self) -> Scope:
        return Scope(self.place.region, "s3")


async def _body(answer: aiohttp.ClientResponse) -> Reply:
    return Reply(answer.status, answer.headers, await answer.content.read(CHUNK))


def _listed(record: dict[str, str], *, is_encoded: bool) -> Listed:
    key = record.get("Key", "")
    size = record.get("Size", "0")
    return Listed(
        unquote(key.replace("+", " ")) if is_encoded else key,
        _tag(record.get("ETag", "")),
        int(size) if size.isdigit() and len(size) < 19 else 0,
        stored=_moment(record.get("LastModified", "")),
    )


def _moment(said: str) -> float:
    try:
        found = datetime.fromisoformat(said)
    except ValueError:
        return 0.0
    return found.timestamp() if found.tzinfo else 0.0


def _tag(said: str) -> str:
    return said.removeprefix("W/").strip('"')


def _refusal(ask: Ask, reply: Reply) -> ObjectStoreError:
    """What an answer that is no success means."""
    if problem := away(ask, reply.status, reply.headers):
        return problem
    said = list(codes(reply.body))
    text = f"{ask.about}: " + (": ".join(said) or f"the object store answers {reply.status}")
    if "NoSuchBucket" in said:
        return NoSuchBucket(text)
    if reply.status in {404, 410}:
        return NoSuchObject(text)
    return AccessRefused(text) if reply.status in {401, 403} else ObjectStoreError(text)
