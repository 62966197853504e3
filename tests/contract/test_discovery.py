"""Discovery and schemas: what clients learn of a server before they ask for anything else.

Both servers are read at once: what the embedded one says of its own kinds is what the real one
says of them. Groups that other tests have brought to the real server are left aside.
"""

from __future__ import annotations

from typing import Any

import orjson
import pytest

from apiserver.catalogue import GROUPS
from tests import servers
from tests.contract.api import Api
from tests.contract.exchange import GROUP, serve_custom_kinds
from tests.servers import ApiServer, RealServer

pytestmark = [pytest.mark.real, pytest.mark.slow]

AGGREGATED = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList"
OF_NODES = {
    "attach", "binding", "ephemeralcontainers", "eviction", "exec", "log", "portforward", "proxy",
    "resize",
}  # fmt: skip
"""Subresources that lead to a node, of which the embedded server has none."""


async def discovered(server: ApiServer) -> dict[str, Any]:
    """All documents of discovery about the built-in groups and those of the tables of requests."""
    known, found = {*GROUPS, GROUP}, dict[str, Any]()
    async with server.session() as session:
        api = Api(session)
        await serve_custom_kinds(api)
        for path in ("/api", "/apis"):
            answer = await api.ask("GET", path, {}, accept=AGGREGATED)
            listed = [each for each in answer.body["items"] if _name(each) in known]
            found[f"{path}, aggregated"] = {_name(each): _group(each) for each in listed}
            found[f"{path}, aggregated: order"] = [_name(each) for each in listed]
        groups = [each for each in (await api.get("/apis")).body["groups"] if each["name"] in known]
        found["/apis"] = groups
        versions = [each["groupVersion"] for group in groups for each in group["versions"]]
        for path in ("/api/v1", *(f"/apis/{version}" for version in versions)):
            found[path] = _resources((await api.get(path)).body)
    return found


def _name(group: Any) -> str:
    return str(group["metadata"].get("name", ""))


def _group(group: Any) -> Any:
    """The versions of a group, without subresources that lead to nodes."""
    for resource in (each for version in group["versions"] for each in version["resources"]):
        resource["verbs"].sort()
        below = resource.pop("subresources", [])
        kept = [each for each in below if each["subresource"] not in OF_NODES]
        if kept:
            resource["subresources"] = sorted(kept, key=lambda each: str(each["subresource"]))
    return group["versions"]


def _resources(document: Any) -> Any:
    """The same in the older form. What is said of the storage of custom resources is left out: in
    which version they are kept is a matter of the server's own."""
    kept = [each for each in document["resources"] if _part(each["name"]) not in OF_NODES]
    for each in kept:
        each["verbs"].sort()
        if document["groupVersion"].startswith(GROUP):
            each.pop("storageVersionHash", None)
    return document | {"resources": sorted(kept, key=lambda each: str(each["name"]))}


def _part(name: str) -> str:
    return name.partition("/")[2]


async def test_discovery_is_that_of_the_real_server(kube: RealServer):
    theirs = await discovered(kube)

    async with servers.embedded() as embedded:
        ours = await discovered(embedded)

    for what, told in theirs.items():
        assert ours[what] == told, what


async def typed(server: ApiServer) -> dict[str, dict[str, Any]]:
    """By kind: the type of each field that OpenAPI v3 tells, down to what holds itself."""
    found = {}
    async with server.session() as session:
        api = Api(session)
        index = _json((await api.get("/openapi/v3")).body)
        paths = [path for path in index["paths"] if path.count("/") == 2 or path == "api/v1"]
        for path in paths:
            answer = await api.get(index["paths"][path]["serverRelativeURL"].partition("?")[0])
            schemas = _json(answer.body).get("components", {}).get("schemas", {})
            for schema in schemas.values():
                for kind in schema.get("x-kubernetes-group-version-kind", []):
                    name = "/".join(kind[key] for key in ("group", "version", "kind"))
                    found[name] = dict(fields(schema, schemas, ()))
    return found


def _json(body: Any) -> Any:
    """The real server sends some documents as plain text."""
    return orjson.loads(body) if isinstance(body, str) else body


def fields(schema: Any, schemas: Any, within: tuple[str, ...], path: str = "") -> Any:
    """Each field of a schema by its path, with its type and how it merges."""
    for part in schema.get("allOf", []):
        yield from fields(part, schemas, within, path)
    name = schema.get("$ref", "").rpartition("/")[2]
    if name in within:
        return
    if name:
        yield from fields(schemas[name], schemas, (*within, name), path)
        return
    if "properties" not in schema and "allOf" not in schema:
        yield path, tuple(str(schema.get(key)) for key in MERGING)
    for key, below in schema.get("properties", {}).items():
        yield from fields(below, schemas, within, f"{path}.{key}")
    if "items" in schema:
        yield from fields(schema["items"], schemas, within, f"{path}[]")


MERGING = ("x-kubernetes-list-map-keys", "x-kubernetes-patch-merge-key")


async def test_openapi_knows_every_field_of_every_kind(kube: RealServer):
    theirs = await typed(kube)

    async with servers.embedded() as embedded:
        ours = await typed(embedded)

    for kind, told in ours.items():
        if kind in theirs:
            missing = {path for path in theirs[kind] if path and path not in told}
            assert not {path for path in missing if not _is_deep(path)}, kind
    assert len(ours.keys() & theirs.keys()) > 60


def _is_deep(path: str) -> bool:
    """Below what holds itself, both stop, at different depths."""
    return path.startswith(".spec.versions[].schema.openAPIV3Schema.")
