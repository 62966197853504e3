"""What is answered besides resources: discovery, OpenAPI, version and health."""

from __future__ import annotations

from collections.abc import Mapping

from apiserver import discovery, openapi
from apiserver.negotiation import wants_aggregate
from apiserver.openapi import OpenApi
from apiserver.registry import Registry
from apiserver.value import Object, encode

_HEALTH = ("/healthz", "/livez", "/livez/ping", "/readyz", "/readyz/ping", "/healthz/ping")
_PROTOBUF = "application/com.github.proto-openapi.spec.v2.v1.0+protobuf"
_VERSION: Object = {
    "major": "1",
    "minor": "36",
    "emulationMajor": "1",
    "emulationMinor": "36",
    "minCompatibilityMajor": "1",
    "minCompatibilityMinor": "35",
    "gitVersion": openapi.VERSION,
    "gitCommit": "",
    "gitTreeState": "clean",
    "buildDate": "",
    "goVersion": "",
    "compiler": "",
    "platform": "linux/amd64",
}


class Pages:
    """The pages about a registry."""

    def __init__(self, registry: Registry) -> None:
        self._registry = registry
        self._openapi = OpenApi(registry)

    def find(self, path: str, headers: Mapping[str, str]) -> tuple[bytes, str] | None:
        """The bytes and media type of a page; None where there is none. Raises a 406."""
        path = path.rstrip("/") or "/"
        if path in _HEALTH:
            return b"ok", "text/plain; charset=utf-8"
        if path in ("/api", "/apis"):
            return self._root(path, headers.get("Accept", ""))
        if path.startswith("/openapi/"):
            return self._document(path, headers.get("Accept", ""))
        found = self._plain(path)
        return None if found is None else (encode(found), "application/json")

    def _root(self, path: str, accept: str) -> tuple[bytes, str]:
        version = wants_aggregate(accept)
        core = path == "/api"
        if version:
            media = f"application/json;g=apidiscovery.k8s.io;v={version};as=APIGroupDiscoveryList"
            return encode(discovery.aggregated(self._registry, version, core=core)), media
        plain = discovery.core_versions() if core else discovery.group_list(self._registry)
        return encode(plain), "application/json"

    def _plain(self, path: str) -> Object | None:
        match path.strip("/").split("/"):
            case [""]:
                return {"paths": ["/api", "/apis", *_HEALTH, "/openapi/v2", "/openapi/v3"]}
            case ["version"]:
                return _VERSION
            case ["api", version]:
                return self._resources("", version)
            case ["apis", group]:
                return self._group(group)
            case ["apis", group, version]:
                return self._resources(group, version)
            case _:
                return None

    def _group(self, name: str) -> Object | None:
        for group in self._registry.groups():
            if group.name and group.name == name:
                kind: Object = {"kind": "APIGroup", "apiVersion": "v1"}
                return {**kind, **discovery.group_object(group)}
        return None

    def _resources(self, group: str, version: str) -> Object | None:
        if not self._registry.serves(group, version):
            return None
        return discovery.resource_list(self._registry, group, version)

    def _document(self, path: str, accept: str) -> tuple[bytes, str] | None:
        media = "application/json"
        data: bytes | None = None
        match path.strip("/").split("/"):
            case ["openapi", "v2"]:
                if "proto-openapi" in accept:
                    data, media = openapi.legacy_protobuf(), _PROTOBUF
                else:
                    data = encode(openapi.legacy())
            case ["openapi", "v3"]:
                data = encode(self._openapi.index())
            case ["openapi", "v3", "api", version]:
                data = self._openapi.document("", version)
            case ["openapi", "v3", "apis", group, version]:
                data = self._openapi.document(group, version)
        return None if data is None else (data, media)
