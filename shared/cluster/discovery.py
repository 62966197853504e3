"""Which kinds the server serves, and under which paths.

Asked for one group and version at a time, when a kind of it is first needed: a group whose own
server is down says nothing about the others, and nothing about its own kinds either.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import cast
from urllib.parse import quote

from shared.cluster.answer import object_in
from shared.cluster.connection import Connection
from shared.cluster.error import Invalid, NoSuchKind, NotFound
from shared.cluster.request import Request
from shared.manifest.identity import Kind, Manifest, section, text


@dataclass(frozen=True, slots=True)
class Resource:
    """A kind, as it is served: the plural in its paths, its scope, and what can be done with it."""

    kind: Kind
    plural: str
    namespaced: bool
    verbs: frozenset[str]

    def path(self, namespace: str = "", name: str = "", subresource: str = "") -> str:
        """The path of all objects, those of a namespace, one object, or a part of one.

        Raises Invalid where an object of a namespaced kind is named without its namespace, and
        where a name would make another path of it: names come from tenants.
        """
        if self.namespaced and name and not namespace:
            raise Invalid(f"{self.kind.kind}/{name}: metadata.namespace is missing")
        parts = [root_of(self.kind)]
        if self.namespaced and namespace:
            parts += ["namespaces", _segment(namespace)]
        parts.append(self.plural)
        parts += [_segment(name)] if name else []
        parts += [subresource] if subresource else []
        return "/".join(parts)


class Discovery:
    """What the server serves, remembered until it is forgotten or a kind is missing from it."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._known: dict[tuple[str, str], dict[str, Resource]] = {}
        self._versions: dict[str, tuple[str, ...]] = {}
        self._asking: defaultdict[tuple[str, str], asyncio.Lock] = defaultdict(asyncio.Lock)

    async def resource_of(self, kind: Kind) -> Resource:
        """How the kind is served. Raises NoSuchKind where the server, asked anew, does not serve
        it; any other ClusterError says only that nobody knows."""
        known = self._known.get((kind.group, kind.version), {}).get(kind.kind)
        return known or await self._asked(kind)

    async def served(self, group: str, kind: str) -> Resource:
        """How a kind is served in the version that the server prefers, of those that have it.
        Raises NoSuchKind as `resource_of` does."""
        for version in await self._versions_of(group):
            try:
                return await self.resource_of(Kind(group, version, kind))
            except NoSuchKind:
                continue
        self._versions.pop(group, None)
        raise NoSuchKind(f"the server does not serve {kind} of {group or 'the core group'}")

    def forget(self, group: str | None = None) -> None:
        """CRDs have changed: ask again. `group`: only about that one."""
        for known in [key for key in self._known if group in {None, key[0]}]:
            del self._known[known]
        for name in [name for name in self._versions if group in {None, name}]:
            del self._versions[name]

    async def _asked(self, kind: Kind) -> Resource:
        key = kind.group, kind.version
        before = self._known.get(key)
        async with self._asking[key]:
            if self._known.get(key) is before:  # nobody else has asked while we waited
                self._known[key] = await self._resources(kind)
        try:
            return self._known[key][kind.kind]
        except KeyError:
            raise NoSuchKind(f"the server does not serve {kind}") from None

    async def _resources(self, kind: Kind) -> dict[str, Resource]:
        path = root_of(kind)
        try:
            found = await self._get(path, kind.api_version)
        except (NotFound, NoSuchKind):
            return {}
        return {resource.kind.kind: resource for resource in _resources(found, kind)}

    async def _versions_of(self, group: str) -> tuple[str, ...]:
        if not group:
            return ("v1",)
        if group not in self._versions:
            try:
                found = await self._get(f"/apis/{quote(group, safe='')}", group)
            except (NotFound, NoSuchKind):
                return ()
            self._versions[group] = _versions(found)
        return self._versions[group]

    async def _get(self, path: str, about: str) -> Manifest:
        request = Request("get", path, f"the kinds of {about}", resource="discovery")
        return object_in(request, await self._connection.send(request))


def root_of(kind: Kind) -> str:
    """The path below which a group and version is served."""
    if not kind.group:
        return f"/api/{quote(kind.version, safe='')}"
    return f"/apis/{quote(kind.group, safe='')}/{quote(kind.version, safe='')}"


def _resources(listing: Manifest, asked: Kind) -> Iterable[Resource]:
    """The resources in an APIResourceList, without subresources."""
    entries = listing.get("resources")
    for entry in cast("list[Manifest]", entries) if isinstance(entries, list) else ():
        plural = text(entry, "name")
        if "/" not in plural:
            verbs = cast("list[str]", entry.get("verbs") or [])
            kind = replace(asked, kind=text(entry, "kind"))
            yield Resource(kind, plural, entry.get("namespaced") is True, frozenset(verbs))


def _versions(group: Manifest) -> tuple[str, ...]:
    """The versions in an APIGroup, the preferred one first."""
    entries = cast("list[Manifest]", group.get("versions") or [])
    preferred = text(section(group, "preferredVersion"), "version")
    versions = [text(entry, "version") for entry in entries]
    return tuple(sorted(versions, key=lambda version: version != preferred))


def _segment(name: str) -> str:
    """A name as one part of a path. The server would split at an encoded slash, and step up at
    dots; clients of Kubernetes refuse them too."""
    if name in {".", ".."} or "/" in name or "%" in name:
        raise Invalid(f"there can be no object with the name {name[:80]!r}")
    return quote(name, safe=":")
