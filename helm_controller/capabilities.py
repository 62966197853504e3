"""What templates may know of a cluster: its version and the API versions that it serves."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import cast

from shared.cluster.answer import object_in
from shared.cluster.client import Client
from shared.cluster.error import ClusterError
from shared.cluster.request import JSON, Request
from shared.manifest.identity import Manifest, metadata, section, text

AGGREGATED = f"application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,{JSON}"


@dataclass(frozen=True, slots=True)
class ClusterCapabilities:
    """`.Capabilities.KubeVersion` and `.Capabilities.APIVersions`: each `group/version`, and each
    `group/version/Kind`."""

    kube_version: str
    api_versions: tuple[str, ...]


class CapabilitiesDesk:
    """The capabilities of one cluster, asked for once and remembered until they are forgotten."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._known: ClusterCapabilities | None = None
        self._asking = asyncio.Lock()

    async def get(self) -> ClusterCapabilities:
        """What the cluster can do. Raises ClusterError."""
        async with self._asking:
            if self._known is None:
                self._known = await _asked(self._client)
            return self._known

    def forget(self) -> None:
        """Definitions have changed: ask again."""
        self._known = None


async def _asked(client: Client) -> ClusterCapabilities:
    version = await _get(client, "/version", JSON)
    found = set[str]()
    for root in ("/api", "/apis"):
        for group in _items(await _get(client, root, AGGREGATED)):
            found |= set(_of_group(group))
    return ClusterCapabilities(text(version, "gitVersion"), tuple(sorted(found)))


def _of_group(group: Manifest) -> list[str]:
    """What an APIGroupDiscovery says. Groups whose server is away are told as far as is known."""
    name = text(metadata(group), "name")
    found = []
    for version in _list(group, "versions"):
        prefix = f"{name}/{text(version, 'version')}" if name else text(version, "version")
        found.append(prefix)
        for resource in _list(version, "resources"):
            found.append(f"{prefix}/{text(section(resource, 'responseKind'), 'kind')}")
            found += [
                f"{prefix}/{text(section(part, 'responseKind'), 'kind')}"
                for part in _list(resource, "subresources")
            ]
    return found


async def _get(client: Client, path: str, accept: str) -> Manifest:
    request = Request("get", path, path, resource="discovery", accept=accept)
    return object_in(request, await client.connection.send(request))


def _items(answer: Manifest) -> list[Manifest]:
    """Raises ClusterError where the server does not know the aggregated form (before 1.30)."""
    if text(answer, "kind") != "APIGroupDiscoveryList":
        raise ClusterError("the API server does not tell what it serves in the aggregated form")
    return _list(answer, "items")


def _list(node: Manifest, key: str) -> list[Manifest]:
    found = node.get(key)
    return cast("list[Manifest]", found) if isinstance(found, list) else []
