"""Objects in the API server: read, listed, watched, written."""

from __future__ import annotations

import random
from collections.abc import AsyncGenerator, Iterable
from contextlib import aclosing
from dataclasses import dataclass, replace
from typing import Literal

import orjson

from shared.cluster.answer import is_farewell, object_in
from shared.cluster.connection import Connection
from shared.cluster.discovery import Discovery
from shared.cluster.error import Gone, NoSuchKind
from shared.cluster.page import Pages, entries, named
from shared.cluster.query import Listing, Scope, about, of_kind, write_query
from shared.cluster.request import JSON, Request
from shared.cluster.watch import Change, changes
from shared.manifest.identity import Kind, Manifest, Ref, kind_of, metadata, text

PAGE = 500
"""Objects in a page: small enough that reading one does not hold up the loop."""

OUTLINES = 4
"""How many outlines take about as long to read as one object."""

RELISTS = 3
"""How often a listing is begun again whose pages have expired meanwhile."""

WATCH_SECONDS = 300, 600
"""How long the server keeps a watch, so that watches move when servers come and go; not all at
once."""

Propagation = Literal["Background", "Foreground", "Orphan"]
_PATCHES = {"merge": "application/merge-patch+json", "json": "application/json-patch+json"}
_APPLY = "application/apply-patch+yaml"


@dataclass(frozen=True, slots=True)
class Client:
    """The API server as `user` sees it; the empty user is whoever the connection belongs to.

    `urgent`: requests that go ahead of all others and are tried once. `page`: objects in a page.
    Every method raises ClusterError (error.py); no message quotes a value of a Secret.
    """

    connection: Connection
    discovery: Discovery
    user: str = ""
    urgent: bool = False
    page: int = PAGE

    @classmethod
    def on(cls, connection: Connection) -> Client:
        """A client on a connection."""
        return cls(connection, Discovery(connection))

    def impersonating(self, user: str) -> Client:
        """The same connection, in the name of `user`; never in our own where that is empty."""
        if not user:
            raise ValueError("impersonating nobody would be acting as ourselves")
        return replace(self, user=user)

    def hurried(self) -> Client:
        """The same connection, past every queue, and without further tries."""
        return replace(self, urgent=True)

    def requests(self) -> Iterable[tuple[str, str, int]]:
        """What was sent so far over the connection: verb, resource, how many times."""
        return self.connection.requests()

    async def get(self, ref: Ref) -> Manifest:
        """The object."""
        return await self._send(await about(self.discovery, "get", ref))

    async def create(self, manifest: Manifest, *, manager: str, dry_run: bool = False) -> Manifest:
        """Make the object; the object as the server made it. Conflict where it exists. Tried once:
        where the answer is lost, the object may have been made."""
        kind, meta = kind_of(manifest), metadata(manifest)
        namespace = text(meta, "namespace")
        name = text(meta, "name") or text(meta, "generateName")
        ref = Ref(kind.group, kind.kind, namespace, name, kind.version)
        request = replace(
            await of_kind(self.discovery, "create", kind, Scope(namespace)),
            about=str(ref),
            query=write_query(manager, dry_run=dry_run),
            body=orjson.dumps(manifest),
            accept=JSON,
            idempotent=False,
        )
        return await self._send(request)

    async def apply(
        self,
        manifest: Manifest,
        *,
        manager: str,
        force: bool = True,
        dry_run: bool = False,
        subresource: str = "",
    ) -> Manifest:
        """Server-side apply; the object as it is then. Conflict where another manager owns a field
        and `force` is off: its causes name the fields."""
        request = replace(
            await about(self.discovery, "apply", Ref.of(manifest), subresource),
            query=write_query(manager, dry_run=dry_run) | {"force": str(force).lower()},
            body=orjson.dumps(manifest),
            content_type=_APPLY,
        )
        return await self._send(request)

    async def patch(  # noqa: PLR0913 - each is a parameter of the API's own request
        self,
        ref: Ref,
        body: object,
        *,
        kind: Literal["merge", "json"] = "merge",
        manager: str,
        dry_run: bool = False,
        subresource: str = "",
    ) -> Manifest:
        """Patch the object; the object as it is then. A merge patch that holds
        `metadata.resourceVersion` raises Conflict where the object has changed since."""
        request = replace(
            await about(self.discovery, "patch", ref, subresource),
            query=write_query(manager, dry_run=dry_run),
            body=orjson.dumps(body),
            content_type=_PATCHES[kind],
            # Adding to a list twice makes two entries of it.
            idempotent=kind == "merge",
        )
        return await self._send(request)

    async def delete(
        self, ref: Ref, *, uid: str = "", version: str = "", propagation: Propagation = "Background"
    ) -> bool:
        """Ask for the object to go; whether it is gone by now. It is not where finalizers or a
        period of grace hold it. Conflict where it is another one than `uid` says, or where it has
        changed since it had the resource version `version`."""
        options: Manifest = {
            "apiVersion": "v1",
            "kind": "DeleteOptions",
            "propagationPolicy": propagation,
        }
        conditions = {"uid": uid, "resourceVersion": version}
        if any(conditions.values()):
            options["preconditions"] = {key: value for key, value in conditions.items() if value}
        request = replace(await about(self.discovery, "delete", ref), body=orjson.dumps(options))
        return is_farewell(await self._send(request))

    async def list(
        self,
        kind: Kind,
        *,
        namespace: str = "",
        labels: str = "",
        fields: str = "",
        metadata_only: bool = False,
    ) -> Listing:
        """All objects that fit, read page by page. Never a part of them: where pages expire while
        they are read, the listing is begun again, and Gone is raised in the end."""
        scope = Scope(namespace, labels, fields, metadata_only)
        for _ in range(RELISTS - 1):
            try:
                return await self._listed(kind, scope)
            except Gone:
                continue
        return await self._listed(kind, scope)

    async def watch(  # noqa: PLR0913 - each is a parameter of the API's own request
        self,
        kind: Kind,
        *,
        since: str,
        namespace: str = "",
        labels: str = "",
        fields: str = "",
        metadata_only: bool = False,
    ) -> AsyncGenerator[Change, None]:
        """The changes since a resource version, until the server ends the watch, as it does every
        few minutes. The first one is a bookmark of `since`: the watch is open.

        Raises Gone where that is too long ago; Unreachable where the watch is cut or goes silent.
        """
        scope = Scope(namespace, labels, fields, metadata_only)
        request = await of_kind(self.discovery, "watch", kind, scope)
        query = {
            "watch": "true",
            "resourceVersion": since,
            "allowWatchBookmarks": "true",
            "timeoutSeconds": str(random.randint(*WATCH_SECONDS)),
        }
        request = replace(
            request,
            query=scope.query() | query,
            accept=scope.accept(of_list=False),
            user=self.user,
        )
        async with aclosing(self.connection.stream(request)) as pieces:
            await anext(pieces)
            yield Change("BOOKMARK", {"metadata": {"resourceVersion": since}})
            async with aclosing(changes(pieces, request)) as found:
                async for change in found:
                    named(change.object, kind)
                    yield change
                    # Until the next one comes this may be long, and it may be large.
                    del change

    async def _listed(self, kind: Kind, scope: Scope) -> Listing:
        request = await of_kind(self.discovery, "list", kind, scope)
        items, pages = list[Manifest](), Pages(kind)
        page = {"limit": str(self.page * (OUTLINES if scope.metadata_only else 1))}
        while True:
            body = await self._answer(replace(request, query=scope.query() | page))
            found = object_in(request, body)
            here, meta = entries(found, kind), metadata(found)
            if scope.metadata_only:
                pages.add(body, len(here))
            else:
                items += here
            if not text(meta, "continue"):
                return Listing(pages or items, text(meta, "resourceVersion"))
            page["continue"] = text(meta, "continue")
            # While the next page is on its way this one need not be there.
            del body, found, here, meta

    async def _send(self, request: Request) -> Manifest:
        return object_in(request, await self._answer(request))

    async def _answer(self, request: Request) -> bytes:
        request = replace(request, user=self.user, urgent=self.urgent)
        try:
            return await self.connection.send(request)
        except NoSuchKind:
            if request.kind:
                self.discovery.forget(request.kind.group)
            raise
