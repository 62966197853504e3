"""OpenAPI: v3 as an index and a document a group and version, v2 in its smallest form."""

from __future__ import annotations

import hashlib

from apiserver.registry import Registry
from apiserver.resource import Resource
from apiserver.value import Object, encode, section

VERSION = "v1.36.3"
_INFO: Object = {"title": "Kubernetes", "version": VERSION}
_QUERY = ("dryRun", "fieldManager", "fieldValidation")


def index(registry: Registry) -> Object:
    """`/openapi/v3`: where the document of each group and version is."""
    paths: Object = {}
    for group in registry.groups():
        for version in group.versions:
            path = f"apis/{group.name}/{version}" if group.name else f"api/{version}"
            digest = hashlib.sha256(encode(document(registry, group.name, version))).hexdigest()
            paths[path] = {"serverRelativeURL": f"/openapi/v3/{path}?hash={digest[:40].upper()}"}
    return {"paths": paths}


def document(registry: Registry, group: str, version: str) -> Object:
    """`/openapi/v3/apis/GROUP/VERSION`."""
    paths: Object = {}
    schemas: Object = {}
    for resource in registry.resources(group, version):
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


def _schema_name(resource: Resource) -> str:
    words = reversed(resource.group.split(".")) if resource.group else ["core"]
    return ".".join((*words, resource.version, resource.kind))


def _type(resource: Resource) -> Object:
    return {"group": resource.group, "kind": resource.kind, "version": resource.version}


def _schema(resource: Resource) -> Object:
    schema: Object = {"type": "object", "x-kubernetes-preserve-unknown-fields": True}
    if resource.definition:
        schema = {**section(resource.definition, "schema", "openAPIV3Schema")}
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
