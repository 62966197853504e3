"""OpenAPI: v3 as an index and a document a group and version, v2 in its smallest form."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from apiserver.openapi_schema import schema_object
from apiserver.registry import Registry
from apiserver.resource import Resource
from apiserver.value import Object, encode, section

VERSION = "v1.36.3"
_INFO: Object = {"title": "Kubernetes", "version": VERSION}
_QUERY = ("dryRun", "fieldManager", "fieldValidation")


@dataclass(frozen=True, slots=True)
class Document:
    """The document of a group and version, as long as these are its resources."""

    resources: tuple[int, ...]
    data: bytes

    @property
    def digest(self) -> str:
        """Tells clients whether they know it already."""
        return hashlib.sha256(self.data).hexdigest().upper()


class OpenApi:
    """The documents about a registry, made when they are asked for and kept while they are true."""

    def __init__(self, registry: Registry) -> None:
        self._registry = registry
        self._known: dict[tuple[str, str], Document] = {}

    def index(self) -> Object:
        """`/openapi/v3`: where the document of each group and version is."""
        paths: Object = {}
        for group in self._registry.groups():
            for version in group.versions:
                path = f"apis/{group.name}/{version}" if group.name else f"api/{version}"
                digest = self._document(group.name, version).digest
                paths[path] = {"serverRelativeURL": f"/openapi/v3/{path}?hash={digest}"}
        return {"paths": paths}

    def document(self, group: str, version: str) -> bytes | None:
        """`/openapi/v3/apis/GROUP/VERSION`; None where nothing is served there."""
        if not self._registry.serves(group, version):
            return None
        return self._document(group, version).data

    def _document(self, group: str, version: str) -> Document:
        resources = self._registry.resources(group, version)
        identity = tuple(id(each) for each in resources)
        known = self._known.get((group, version))
        if known is None or known.resources != identity:
            known = Document(identity, encode(_content(resources)))
            self._known[group, version] = known
        return known


def _content(resources: list[Resource]) -> Object:
    paths: Object = {}
    schemas: Object = {}
    for resource in resources:
        paths.update(_paths(resource))
        schemas[_schema_name(resource)] = _schema(resource)
    return {
        "openapi": "3.0.0",
        "info": _INFO,
        "paths": paths,
        "components": {"schemas": schemas},
    }


def legacy() -> Object:
    """`/openapi/v2`: clients that can read v3 do not look into it."""
    return {"swagger": "2.0", "info": _INFO, "paths": {}, "definitions": {}}


def legacy_protobuf() -> bytes:
    """The same in the form that kubectl asks for: swagger, info, paths and definitions."""
    info = _field(1, b"Kubernetes") + _field(2, VERSION.encode())
    return _field(1, b"2.0") + _field(2, info) + _field(8, b"") + _field(9, b"")


def _field(number: int, data: bytes) -> bytes:
    """A short protobuf field: its tag, its length, its bytes."""
    return bytes((number << 3 | 2, len(data))) + data


def _schema_name(resource: Resource) -> str:
    if resource.is_custom:
        return ".".join((*reversed(resource.group.split(".")), resource.version, resource.kind))
    package = resource.group.partition(".")[0] or "core"
    return f"io.k8s.api.{package}.{resource.version}.{resource.kind}"


def _type(resource: Resource) -> Object:
    return {"group": resource.group, "kind": resource.kind, "version": resource.version}


def _schema(resource: Resource) -> Object:
    if resource.definition:
        schema = {**section(resource.definition, "schema", "openAPIV3Schema")}
    else:
        schema = schema_object(resource.schema.root)
    schema["x-kubernetes-group-version-kind"] = [_type(resource)]
    return schema


def _base(resource: Resource) -> str:
    root = f"/apis/{resource.group}" if resource.group else "/api"
    scope = "/namespaces/{namespace}" if resource.namespaced else ""
    return f"{root}/{resource.version}{scope}/{resource.plural}"


def _paths(resource: Resource) -> Object:
    base = _base(resource)
    return {
        base: _operations(resource, {"get": "list", "post": "post", "delete": "deletecollection"}),
        f"{base}/{{name}}": _operations(
            resource, {"get": "get", "put": "put", "patch": "patch", "delete": "delete"}
        ),
    }


def _operations(resource: Resource, actions: dict[str, str]) -> Object:
    return {method: _operation(resource, method, action) for method, action in actions.items()}


def _operation(resource: Resource, method: str, action: str) -> Object:
    reference = {"$ref": f"#/components/schemas/{_schema_name(resource)}"}
    found: Object = {
        "x-kubernetes-action": action,
        "x-kubernetes-group-version-kind": _type(resource),
        "responses": {
            "200": {"description": "OK", "content": {"application/json": {"schema": reference}}}
        },
    }
    if method in ("post", "put", "patch"):
        found["parameters"] = [
            {"name": name, "in": "query", "schema": {"type": "string", "uniqueItems": True}}
            for name in _QUERY
        ]
    return found
