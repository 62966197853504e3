"""Kubernetes' OpenAPI v3 documents made into the compact table of built-in kinds.

The table is `{"nodes": [...], "types": {...}, "kinds": [...]}`. A node is a type; equal nodes are
one, and others point to it by its place. `types` names the place of each component. Keys of a
node, all optional: t type, f format, p properties, v values of other keys, i items, r required, l
list type, k list keys, a 1: atomic map, 0: granular map, d default, z what Go holds where nothing
is said, s patch strategies, m merge key, o 1: keys that are not declared hold anything, e
properties that Go leaves out when they hold nothing, $ the node that this one only adds to.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from apiserver.builtin.omission import message_of, omitted_fields
from apiserver.go_json import go_json
from apiserver.value import Object, elements, section, strings, text

# What kube-openapi types by name, not by what the documents say of them.
_SCALARS = ("io.k8s.apimachinery.pkg.api.resource.Quantity",)
_OPAQUE = ("io.k8s.apimachinery.pkg.runtime.RawExtension",)
_EMPTY: tuple[object, ...] = ("", 0, False)
# Whether Go writes a field that holds nothing is in its tags, which the documents do not tell.
_ALWAYS_WRITTEN = """
autoscaling.v2.HorizontalPodAutoscalerStatus.currentMetrics
core.v1.AzureFilePersistentVolumeSource.secretNamespace
core.v1.ContainerImage.names
core.v1.ProjectedVolumeSource.sources
core.v1.TypedLocalObjectReference.apiGroup
core.v1.TypedObjectReference.apiGroup
discovery.v1.EndpointSlice.endpoints
discovery.v1.EndpointSlice.ports
rbac.v1.ClusterRole.rules
rbac.v1.Role.rules
"""
_NOT_WRITTEN = """
core.v1.AzureDiskVolumeSource.readOnly
core.v1.ConfigMapEnvSource.name
core.v1.ConfigMapKeySelector.name
core.v1.ConfigMapProjection.name
core.v1.ConfigMapVolumeSource.name
core.v1.FileKeySelector.optional
core.v1.LocalObjectReference.name
core.v1.ReplicationControllerSpec.minReadySeconds
core.v1.SecretEnvSource.name
core.v1.SecretKeySelector.name
core.v1.SecretProjection.name
"""


@dataclass(slots=True)
class Table:
    """The table while it is being written."""

    components: Mapping[str, Object]
    nodes: list[Object] = field(default_factory=list)
    places: dict[str, int] = field(default_factory=dict)
    types: dict[str, int] = field(default_factory=dict)

    def component(self, name: str) -> int:
        """Return the place of the type of a component, writing it where it is new."""
        if name not in self.types:
            # The place is taken first: a type may contain itself.
            self.types[name] = len(self.nodes)
            self.nodes.append({})
            self.nodes[self.types[name]] |= self._component(name)
        return self.types[name]

    def _component(self, name: str) -> Object:
        if name in _SCALARS:
            return {"t": "scalar", "f": "quantity"}
        if name in _OPAQUE:
            return {"a": 1}
        node = self._plain(self.components.get(name, {}), name.removeprefix("io.k8s.api."))
        omitted = omitted_fields().get(message_of(name), ())
        found = sorted(each for each in omitted if each in section(node, "p"))
        return node | ({"e": found} if found else {})

    def _place(self, node: Object) -> int:
        text_ = go_json(node)
        if text_ not in self.places:
            self.places[text_] = len(self.nodes)
            self.nodes.append(node)
        return self.places[text_]

    def _field(self, openapi: Mapping[str, object], *, written: bool | None) -> int:
        """Return the place of a field's type. `written`: Go writes the field though it is empty."""
        node = self._node(openapi)
        default = openapi.get("default")
        if default is not None:
            node["d"] = default
        if (
            default == {}
            or (default in _EMPTY and written is not False)
            or (written and not default)
        ):
            node["z"] = default
        return int(str(node["$"])) if node.keys() == {"$"} else self._place(node)

    def _node(self, openapi: Mapping[str, object]) -> Object:
        name = reference(openapi)
        if not name:
            return self._plain(openapi, "")
        return {"$": self.component(name)} | _merging(openapi)

    def _plain(self, openapi: Mapping[str, object], name: str) -> Object:
        required = strings(openapi, "required")
        fields = {
            key: self._field(_object(value), written=_is_written(f"{name}.{key}", key in required))
            for key, value in sorted(section(openapi, "properties").items())
        }
        node: Object = {"t": text(openapi, "type"), "f": text(openapi, "format")}
        node |= {"p": fields, "r": sorted(required)} | _merging(openapi)
        more = openapi.get("additionalProperties")
        if isinstance(more, dict) and more:
            node["v"] = self._field(more, written=False)
        elif text(openapi, "type") in ("", "object") and not fields:
            node["o"] = 1
        if isinstance(openapi.get("items"), dict):
            node["i"] = self._field(section(openapi, "items"), written=False)
        return {key: value for key, value in node.items() if value not in ("", [], {})}


def _is_written(field_: str, required: bool) -> bool | None:
    """Say whether Go writes an empty field: None where its default tells."""
    if field_ in _NOT_WRITTEN.split():
        return False
    return True if required or field_ in _ALWAYS_WRITTEN.split() else None


def _merging(openapi: Mapping[str, object]) -> Object:
    """Return what a schema says of how a value of it merges."""
    strategies = text(openapi, "x-kubernetes-patch-strategy")
    merge_key = text(openapi, "x-kubernetes-patch-merge-key")
    list_type = text(openapi, "x-kubernetes-list-type")
    keys = strings(openapi, "x-kubernetes-list-map-keys")
    map_type = text(openapi, "x-kubernetes-map-type")
    if not list_type and strategies.startswith("merge") and openapi.get("type") == "array":
        list_type, keys = ("map", [merge_key]) if merge_key else ("set", [])
    node: Object = {
        "l": "" if list_type == "atomic" else list_type,
        "k": keys if list_type == "map" else [],
        "s": strategies.split(",") if strategies else [],
        "m": merge_key,
    }
    if map_type:
        node["a"] = int(map_type == "atomic")
    return {key: value for key, value in node.items() if value not in ("", [])}


def reference(openapi: Mapping[str, object]) -> str:
    """Return the component that a schema refers to, alone or with additions; else nothing."""
    inner = elements(openapi, "allOf")
    alone = inner[0] if len(inner) == 1 else {}
    found = text(openapi, "$ref") or text(alone, "$ref")
    return found.rpartition("/")[2]


def _object(value: object) -> Mapping[str, object]:
    return value if isinstance(value, dict) else {}


@dataclass(slots=True)
class Served:
    """What the paths say of one kind."""

    plural: str = ""
    namespaced: bool = False
    verbs: set[str] = field(default_factory=set)
    subresources: dict[str, set[str]] = field(default_factory=dict)


Names = tuple[str, str, str]


def table_of(documents: Iterable[Object]) -> Object:
    """Return the table of these documents."""
    read = list(documents)
    components: dict[str, Object] = {}
    for document in read:
        for name, openapi in section(document, "components", "schemas").items():
            components.setdefault(name, dict(_object(openapi)))
    table, served = Table(components), _served(read)
    kinds = [
        [*names, table.component(name), *_row(served.get(names, Served()))]
        for names, name in sorted(_kinds(components).items())
    ]
    table.component("io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta")
    return {"nodes": table.nodes, "types": table.types, "kinds": kinds}


def _row(served: Served) -> list[object]:
    below = {name: sorted(verbs) for name, verbs in sorted(served.subresources.items())}
    return [served.plural, int(served.namespaced), sorted(served.verbs), below]


def _kinds(components: Mapping[str, Object]) -> dict[Names, str]:
    """Return the component of each kind: objects, and what is posted to subresources."""
    found: dict[Names, str] = {}
    for name, openapi in components.items():
        listed = elements(openapi, "x-kubernetes-group-version-kind")
        metadata = reference(_object(section(openapi, "properties").get("metadata")))
        is_kind = len(listed) == 1 and ".apis.meta.v1." not in name
        if is_kind and name.startswith("io.k8s.") and "ListMeta" not in metadata:
            found[_names(listed[0])] = name
    return found


def _names(value: object) -> Names:
    return text(value, "group"), text(value, "version"), text(value, "kind")


def _served(documents: Iterable[Object]) -> dict[Names, Served]:
    """Return what the paths say of each kind."""
    found: dict[Names, Served] = {}
    for document in documents:
        owners = _owners(document)
        for path, item in section(document, "paths").items():
            _read_path(path, _object(item), owners, found)
    return found


def _owners(document: Object) -> dict[str, Names]:
    """Return the kind behind each collection, by its plural."""
    owners: dict[str, Names] = {}
    for path, item in section(document, "paths").items():
        plural, sub = _words(path)
        for operation in _object(item).values():
            names = _names(section(operation, "x-kubernetes-group-version-kind"))
            if plural and not sub and names[2]:
                owners[plural] = names
    return owners


def _read_path(
    path: str, item: Mapping[str, object], owners: dict[str, Names], found: dict[Names, Served]
) -> None:
    plural, sub = _words(path)
    if plural not in owners:
        return
    served = found.setdefault(owners[plural], Served())
    served.plural = plural
    served.namespaced |= "/namespaces/{namespace}/" in path
    verbs = {_verb(_object(operation)) for operation in item.values()} - {""}
    if sub:
        served.subresources.setdefault(sub, set()).update(verbs)
    else:
        served.verbs |= verbs


_VERBS = {"post": "create", "put": "update", "watchlist": "watch"}


def _verb(operation: Mapping[str, object]) -> str:
    action = text(operation, "x-kubernetes-action")
    return _VERBS.get(action, action)


def _words(path: str) -> tuple[str, str]:
    """Return the plural and the subresource that a path is about."""
    parts = path.strip("/").split("/")
    parts = parts[2:] if parts[0] == "api" else parts[3:]
    parts = parts[1:] if parts[:1] == ["watch"] else parts
    if parts[:2] == ["namespaces", "{namespace}"]:
        parts = parts[2:]
    if not parts or "{" in parts[0]:
        return "", ""
    return parts[0], "/".join(parts[2:])
