"""One repository of a registry: tags, manifests, blobs, and what refers to them.

    async with opened(location, access, clock) as repository:
        found = await repository.resolve("1.2.3")
        manifest = await repository.image(found.digest)
        data = await repository.blob(manifest.layers[0])

Only `resolve` and `tags` believe what the registry says; all else is asked for by digest, and held
against it.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Protocol
from urllib.parse import urljoin, urlsplit

import aiohttp
import orjson

from shared.oci.authentication import Authentication
from shared.oci.base import Base
from shared.oci.connection import Connection, body_of, connected, pieces
from shared.oci.credential import Access
from shared.oci.error import NotFound, OciError, Unauthorized, Unreachable
from shared.oci.limit import Limits
from shared.oci.location import Location, check_digest, check_tag, is_digest
from shared.oci.manifest import (
    ACCEPTED,
    INDEX,
    Descriptor,
    Index,
    Manifest,
    check,
    digest_of,
    parse,
)
from shared.oci.reach import Origin
from shared.oci.tally import Tally
from shared.oci.tls import context_of
from shared.reconcile.clock import Clock

_NEXT = re.compile(r'<([^>]+)>\s*;\s*rel="?next"?')
_DIGEST_HEADER = "Docker-Content-Digest"


class _NoList(OciError):
    """The registry does not have such lists."""


class Sink(Protocol):
    """Where the bytes of a blob go."""

    def write(self, data: bytes, /) -> object:
        """Take in more. May block: it is called outside of the loop."""


class Repository:
    """A repository, for as long as its connection is open."""

    def __init__(
        self, location: Location, connection: Connection, authentication: Authentication, base: str
    ) -> None:
        self.location = location
        self._connection = connection
        self._authentication = authentication
        self._origin = Origin.of(base)
        self._root = f"{base}/v2/{location.repository}/"
        self._limits = connection.limits

    async def resolve(self, tag: str) -> Descriptor:
        """What a tag leads to at this moment. Raises NotFound, or another OciError."""
        path = f"manifests/{check_tag(tag)}"
        headers = {"Accept": ACCEPTED}
        async with self._asked("HEAD", path, headers) as response:
            digest = response.headers.get(_DIGEST_HEADER, "")
            size = response.headers.get("Content-Length", "")
            if response.status == 200 and is_digest(digest):
                media_type = response.headers.get("Content-Type", "")
                return Descriptor(media_type, digest, int(size) if size.isdigit() else 0)
        # Registries that do not answer HEAD, or not with a digest: what they send has one.
        data, media_type = await self._manifest(path, f"the tag '{tag}'")
        return Descriptor(media_type, digest_of(data), len(data))

    async def see(self, digest: str) -> None:
        """Make sure that we may have the manifest of a digest, without fetching it where that can
        be done. Raises NotFound, or another OciError."""
        path = f"manifests/{check_digest(digest)}"
        async with self._asked("HEAD", path, {"Accept": ACCEPTED}) as response:
            if response.status == 200 and response.headers.get(_DIGEST_HEADER) == digest:
                return
        await self.manifest(digest)

    async def manifest(self, digest: str) -> Manifest | Index:
        """The manifest or index of a digest. Raises NotFound, or another OciError."""
        data, media_type = await self._manifest(
            f"manifests/{check_digest(digest)}", f"the manifest {digest}"
        )
        check(data, digest, "manifest")
        return parse(data, media_type, self._limits)

    async def image(self, digest: str) -> Manifest:
        """The manifest of a digest; of an index, that for the platform that is meant. Raises
        NotFound, or another OciError."""
        found = await self.manifest(digest)
        if isinstance(found, Index):
            found = await self.manifest(found.for_platform().digest)
        if isinstance(found, Index):
            raise OciError(f"the index {digest} leads to another index")
        return found

    async def tags(self) -> list[str]:
        """All tags, in the order of the registry. Raises NotFound, or another OciError."""
        found: list[str] = []
        accept = {"Accept": "application/json"}
        async for body in self._pages("tags/list", "?n=1000", accept, "the list of tags"):
            found += _tags(body)
            if len(found) > self._limits.tags:
                raise OciError(f"the repository has more than {self._limits.tags} tags")
        return found

    async def blob(self, descriptor: Descriptor, most: int = 0) -> bytes:
        """The content of a blob, in memory. `most`: bytes; by default what the limits say. Raises
        NotFound, or another OciError."""
        taken = bytearray()
        async for piece in self._blob(descriptor, most or self._limits.blob):
            taken += piece
        return bytes(taken)

    async def download(self, descriptor: Descriptor, sink: Sink, most: int = 0) -> None:
        """The content of a blob, to a sink, without holding it. Only when this returns is what went
        there what the digest says. Raises as `blob` does."""
        async for piece in self._blob(descriptor, most or self._limits.blob):
            await asyncio.to_thread(sink.write, piece)

    async def referrers(self, digest: str) -> tuple[Descriptor, ...]:
        """What refers to a manifest, such as signatures: as the registry lists it or, where it has
        no such list, as the tag says that stands for it. Raises OciError."""
        path = f"referrers/{check_digest(digest)}"
        found: list[Descriptor] = []
        try:
            async for body in self._pages(path, "", {"Accept": INDEX}, "the list of referrers"):
                found += _listed(body, INDEX, self._limits)
                if len(found) > self._limits.layers:
                    raise OciError(f"more than {self._limits.layers} manifests refer to {digest}")
        except _NoList:
            return await self.tagged(digest.replace(":", "-", 1))
        return tuple(found)

    async def tagged(self, tag: str) -> tuple[Descriptor, ...]:
        """The manifests of the index that a tag leads to; none where there is no such tag."""
        try:
            data, media_type = await self._manifest(f"manifests/{check_tag(tag)}", f"'{tag}'")
        except NotFound:
            return ()
        return _listed(data, media_type, self._limits)

    async def _manifest(self, path: str, what: str) -> tuple[bytes, str]:
        async with self._asked("GET", path, {"Accept": ACCEPTED}) as response:
            self._accept(response, what)
            data = await body_of(response, self._limits.manifest, what)
            return data, response.headers.get("Content-Type", "")

    async def _blob(self, descriptor: Descriptor, most: int) -> AsyncIterator[bytes]:
        tally = Tally(descriptor, most)
        async with self._asked("GET", f"blobs/{check_digest(descriptor.digest)}", {}) as response:
            self._accept(response, f"the blob {descriptor.digest}")
            async for piece in pieces(response):
                tally.add(piece)
                yield piece
        tally.check()

    @asynccontextmanager
    async def _asked(
        self, method: str, path: str, headers: Mapping[str, str]
    ) -> AsyncIterator[aiohttp.ClientResponse]:
        """The answer; where the registry wants to know who we are, the one after we said so."""
        url = urljoin(self._root, path)
        async with self._signed(method, url, headers) as response:
            is_ours = Origin.of(str(response.url)) == self._origin
            if response.status != 401 or not is_ours:
                yield response
                return
            await self._authentication.answer(response)
        async with self._signed(method, url, headers) as response:
            if response.status == 401:
                raise Unauthorized(self._authentication.refusal)
            yield response

    def _signed(
        self, method: str, url: str, headers: Mapping[str, str]
    ) -> AbstractAsyncContextManager[aiohttp.ClientResponse]:
        return self._connection.ask(method, url, {**headers, **self._authentication.headers})

    def _accept(self, response: aiohttp.ClientResponse, what: str) -> None:
        """Raises OciError where an answer is not what was asked for."""
        match response.status:
            case 200:
                return
            case 401 | 403:
                raise Unauthorized(f"{self.location}: the registry refuses {what}")
            case 404:
                raise NotFound(f"{self.location} does not have {what}")
            case status:
                raise Unreachable(f"{self.location}: the registry answers {status} for {what}")

    async def _pages(
        self, path: str, query: str, headers: Mapping[str, str], what: str
    ) -> AsyncIterator[bytes]:
        """The pages of a list, one after the other. Raises OciError; _NoList where a registry does
        not have lists of this kind."""
        here, seen = path + query, set[str]()
        for _ in range(self._limits.pages):
            seen.add(here)
            async with self._asked("GET", here, headers) as response:
                kind = response.headers.get("Content-Type", "").partition(";")[0]
                if path.startswith("referrers/") and _is_no_list(response.status, kind):
                    raise _NoList(what)
                self._accept(response, what)
                body = await body_of(response, self._limits.listing, what)
                here = self._next(response, path)
            yield body
            if not here or here in seen:
                return
        raise OciError(f"{what} has more than {self._limits.pages} pages")

    def _next(self, response: aiohttp.ClientResponse, path: str) -> str:
        """Where a list goes on: at the same place of the same host, or nowhere."""
        found = _NEXT.search(response.headers.get("Link", ""))
        if found is None:
            return ""
        try:
            parts = urlsplit(urljoin(str(response.url), found[1]))
        except ValueError:
            parts = urlsplit("")
        # Behind a proxy some registries take themselves for one without TLS.
        is_here = parts.hostname == self._origin.host
        if not is_here or parts.path != urlsplit(self._root).path + path:
            raise Unreachable(f"{self.location}: a list goes on elsewhere")
        return f"{path}?{parts.query}"


@asynccontextmanager
async def opened(
    location: Location, access: Access, clock: Clock, limits: Limits | None = None
) -> AsyncIterator[Repository]:
    """A repository, for a single errand: its connections are closed at the end (shared.oci.line has
    those that are kept). Raises InvalidAccess, or Unreachable where nothing is there."""
    context = await asyncio.to_thread(context_of, access)
    async with connected(access, context, clock, limits or Limits()) as connection:
        authentication = Authentication(connection, location, access)
        base = Base(connection, location.registry, insecure=access.insecure)
        yield Repository(location, connection, authentication, await base.url())


def _is_no_list(status: int, kind: str) -> bool:
    """Whether an answer says that a registry does not know of referrers."""
    return status in {400, 404, 405, 501} or (status == 200 and kind != INDEX)


def _tags(body: bytes) -> list[str]:
    try:
        listed = orjson.loads(body)
    except orjson.JSONDecodeError:
        raise OciError("the list of tags is not JSON") from None
    tags = listed.get("tags", []) if isinstance(listed, dict) else None
    # What Go's registries say of a repository without tags.
    tags = [] if isinstance(listed, dict) and tags is None else tags
    if not isinstance(tags, list) or not all(isinstance(tag, str) for tag in tags):
        raise OciError("the list of tags has no tags that could be read")
    return tags


def _listed(data: bytes, media_type: str, limits: Limits) -> tuple[Descriptor, ...]:
    found = parse(data, media_type, limits)
    if not isinstance(found, Index):
        raise OciError("what refers to the manifest is not listed by an index")
    return found.manifests
