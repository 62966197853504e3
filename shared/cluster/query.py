"""What a request is about: one object, or objects of a kind."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from shared.cluster.discovery import Discovery
from shared.cluster.request import JSON, Request, Verb
from shared.manifest.identity import Kind, Manifest, Ref

_OUTLINE = "application/json;as=PartialObjectMetadata{list};g=meta.k8s.io;v=v1"


@dataclass(frozen=True, slots=True)
class Listing:
    """All objects of a kind at one moment, and the resource version to watch from."""

    items: Sequence[Manifest]
    resource_version: str


@dataclass(frozen=True, slots=True)
class Scope:
    """Which objects of a kind: of a namespace (empty: of all), by labels, by fields."""

    namespace: str = ""
    labels: str = ""
    fields: str = ""
    metadata_only: bool = False

    def query(self) -> dict[str, str]:
        """The selectors, as the server wants them."""
        pairs = {"labelSelector": self.labels, "fieldSelector": self.fields}
        return {key: value for key, value in pairs.items() if value}

    def accept(self, *, of_list: bool) -> str:
        """What form of the objects is wanted."""
        return _OUTLINE.format(list="List" if of_list else "") if self.metadata_only else JSON


async def about(discovery: Discovery, verb: Verb, ref: Ref, subresource: str = "") -> Request:
    """A request about one object, or a part of it such as its status. Raises ClusterError."""
    resource = await discovery.resource_of(ref.gvk)
    path = resource.path(ref.namespace, ref.name, subresource)
    return Request(verb, path, str(ref), ref.gvk, resource.plural)


async def of_kind(discovery: Discovery, verb: Verb, kind: Kind, scope: Scope) -> Request:
    """A request about all objects of a kind that fit. Raises ClusterError."""
    resource = await discovery.resource_of(kind)
    place = f"{kind.kind} in {scope.namespace}" if scope.namespace else kind.kind
    path = resource.path(scope.namespace)
    return Request(verb, path, place, kind, resource.plural, accept=scope.accept(of_list=True))


def write_query(manager: str, *, dry_run: bool) -> dict[str, str]:
    """Who writes, and whether it is only tried."""
    return {"fieldManager": manager} | ({"dryRun": "All"} if dry_run else {})
