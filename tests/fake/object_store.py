"""Object stores that do not mean well, as real HTTP servers on loopback."""

from __future__ import annotations

import asyncio
import hashlib
import json
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from urllib.parse import quote, unquote
from xml.sax.saxutils import escape

from aiohttp import web

PAGE = 1_000


def tag_of(content: bytes) -> str:
    return hashlib.md5(content).hexdigest()


@dataclass
class BadS3:
    """Speaks enough of S3 to be listed and read. `objects`: what it lists; `gives`: what it gives
    instead of that (None: nothing is there); `listing`: an answer to every listing; `busy`: how
    many requests it turns away; `endless`: objects have no end."""

    objects: dict[str, bytes] = field(default_factory=dict)
    gives: dict[str, bytes | None] = field(default_factory=dict)
    listing: Callable[[dict[str, str]], str] | None = None
    sizes: dict[str, int] = field(default_factory=dict)
    busy: int = 0
    endless: bool = False
    cut: int = 0
    silent: bool = False
    requests: list[str] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    open: int = 0
    most: int = 0
    address: str = ""

    async def answer(self, request: web.BaseRequest) -> web.StreamResponse:
        self.requests.append(request.path_qs)
        self.headers.append(dict(request.headers))
        if self.silent:
            await asyncio.Event().wait()
        if self.busy:
            self.busy -= 1
            return web.Response(status=503, headers={"Retry-After": "99999"})
        key = unquote(request.rel_url.raw_path.removeprefix("/files/"))
        if "list-type" in request.query:
            body = (self.listing or self._listed)(dict(request.query))
            return web.Response(body=body.encode(), content_type="application/xml")
        self.open += 1
        self.most = max(self.most, self.open)
        try:
            return await self._object(request, key)
        finally:
            self.open -= 1

    async def _object(self, request: web.BaseRequest, key: str) -> web.StreamResponse:
        content = self.gives.get(key, self.objects.get(key))
        if content is None:
            return web.Response(status=404, text=error("NoSuchKey"))
        await asyncio.sleep(0)
        if not self.endless and not self.cut:
            return web.Response(body=content, headers={"ETag": f'"{tag_of(content)}"'})
        response = web.StreamResponse(headers={"ETag": '"x"'})
        if self.cut:
            response.content_length = len(content)
        await response.prepare(request)
        if self.cut:
            self.cut -= 1
            await response.write(content[: len(content) // 2])
            assert request.transport is not None
            request.transport.abort()
            return response
        while True:
            await response.write(bytes(1 << 20))

    def _listed(self, query: dict[str, str]) -> str:
        start = int(query.get("continuation-token", "0"))
        found = sorted(key for key in self.objects if key.startswith(query.get("prefix", "")))
        page = found[start : start + int(query["max-keys"])]
        more = start + len(page) < len(found)
        records = [
            record(key, tag_of(self.objects[key]), self.sizes.get(key, len(self.objects[key])))
            for key in page
        ]
        return listed(records, str(start + len(page)) if more else "")


def listed(records: list[str], token: str = "", *, truncated: bool | None = None) -> str:
    more = bool(token) if truncated is None else truncated
    after = f"<NextContinuationToken>{token}</NextContinuationToken>" if token else ""
    return (
        '<?xml version="1.0"?><ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/">'
        f"<Name>files</Name><EncodingType>url</EncodingType>{after}"
        f"<IsTruncated>{str(more).lower()}</IsTruncated>{''.join(records)}</ListBucketResult>"
    )


def record(key: str, tag: str, size: int = 1) -> str:
    return (
        f"<Contents><Key>{escape(quote(key))}</Key><ETag>&quot;{tag}&quot;</ETag>"
        f"<Size>{size}</Size><Owner><ID>x</ID></Owner></Contents>"
    )


def error(code: str) -> str:
    return f"<Error><Code>{code}</Code><Message>as it is</Message></Error>"


@dataclass
class Gcs:
    """Google's store, by its JSON interface. `objects`: by key, each with its generation; `moves`:
    what an object becomes once it was listed."""

    objects: dict[str, tuple[bytes, int]] = field(default_factory=dict)
    moves: dict[str, tuple[bytes, int] | None] = field(default_factory=dict)
    token: str = ""
    url: str = ""
    requests: list[str] = field(default_factory=list)

    async def answer(self, request: web.BaseRequest) -> web.StreamResponse:
        self.requests.append(request.path_qs)
        if self.token and request.headers.get("Authorization") != f"Bearer {self.token}":
            return refusal(401, "Invalid Credentials")
        rest = request.raw_path.partition("?")[0].removeprefix("/storage/v1/b/")
        bucket, _, place = rest.partition("/")
        if bucket != "files":
            return refusal(404, "The specified bucket does not exist.")
        if not place:
            return web.json_response({"name": bucket})
        if place == "o":
            return self._list(request)
        return self._object(request, unquote(place.removeprefix("o/")))

    def _list(self, request: web.BaseRequest) -> web.Response:
        start = int(request.query.get("pageToken", "0"))
        prefix = request.query.get("prefix", "")
        found = sorted(key for key in self.objects if key.startswith(prefix))
        items = [self._item(key) for key in found[start : start + 2]]
        answer: dict[str, object] = {"items": items}
        if start + 2 < len(found):
            answer["nextPageToken"] = str(start + 2)
        for key, moved in list(self.moves.items()):
            if moved is None:
                del self.objects[key]
            else:
                self.objects[key] = moved
        return web.json_response(answer)

    def _object(self, request: web.BaseRequest, key: str) -> web.Response:
        if key not in self.objects:
            return refusal(404, f"No such object: files/{key}")
        content, generation = self.objects[key]
        if request.query.get("alt") != "media":
            return web.json_response(self._item(key))
        if request.query.get("ifGenerationMatch", str(generation)) != str(generation):
            return refusal(412, "At least one of the pre-conditions you specified did not hold.")
        return web.Response(body=content)

    def _item(self, key: str) -> dict[str, str]:
        content, generation = self.objects[key]
        return {
            "name": key,
            "etag": f"CJ{generation}=",
            "size": str(len(content)),
            "generation": str(generation),
        }


def refusal(status: int, message: str) -> web.Response:
    body = json.dumps({"error": {"code": status, "message": message}})
    return web.Response(status=status, text=body, content_type="application/json")


Answers = Callable[[web.BaseRequest], Awaitable[web.StreamResponse]]


@asynccontextmanager
async def serving(answer: Answers, tls: ssl.SSLContext | None = None) -> AsyncIterator[str]:
    """A server on loopback; its address."""
    runner = web.ServerRunner(web.Server(answer), shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0, ssl_context=tls).start()
    try:
        yield f"127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()
