"""The type of a custom resource, from the openAPIV3Schema of its definition.

Behaviour: apiextensions' structural schemas and kube-openapi's conversion of them. `apiVersion`,
`kind` and `metadata` are typed whatever the definition says of them, at the root and in embedded
resources.
"""

from collections.abc import Mapping
from types import MappingProxyType

from apiserver.builtin.table import object_meta
from apiserver.fieldset import fieldset_of
from apiserver.schema import ANYTHING, NO_FIELDS, ListType, Node, Schema
from apiserver.typed_value import ABSENT
from apiserver.value import section, strings, text

_STATUS = fieldset_of(("f:status",))
_ALL_BUT_STATUS = fieldset_of(("f:metadata",), ("f:spec",))
_LIST_TYPES: Mapping[object, ListType] = {"set": "set", "map": "map"}


def schema_of(openapi: Mapping[str, object], *, status: bool) -> Schema:
    """Return the type that `openapi` describes; an empty one leaves everything to the values.

    `status`: the version has a status subresource, so the object and its status are written apart.
    """
    root = _resource(openapi, free=False) if openapi else ANYTHING
    resets = {"": _STATUS, "status": _ALL_BUT_STATUS} if status else {}
    return Schema(root, MappingProxyType(resets))


def _resource(openapi: Mapping[str, object], *, free: bool) -> Node:
    named: dict[str, object] = {"apiVersion": {"type": "string"}, "kind": {"type": "string"}}
    typed = {**section(openapi, "properties"), **named}
    typed.pop("metadata", None)
    return _object({**openapi, "type": "object", "properties": typed}, free, object_meta())


def _node(openapi: Mapping[str, object], free: bool) -> Node:
    if openapi.get("x-kubernetes-embedded-resource") is True:
        return _resource(openapi, free=free)
    kind = text(openapi, "type")
    if kind == "array":
        return _list(openapi, free)
    if kind in ("object", ""):
        return _object(openapi, free, None)
    return Node(kind, text(openapi, "format"), default=_default(openapi), source=openapi)


def _object(openapi: Mapping[str, object], free: bool, metadata: Node | None) -> Node:
    preserve = openapi.get("x-kubernetes-preserve-unknown-fields") is True
    free = free or preserve
    properties = section(openapi, "properties")
    fields = {name: _node(_map(value), free) for name, value in properties.items()}
    if metadata is not None:
        fields["metadata"] = metadata
    more = openapi.get("additionalProperties")
    return Node(
        text(openapi, "type"),
        text(openapi, "format"),
        fields=MappingProxyType(fields) if fields else NO_FIELDS,
        values=_node(more, free) if isinstance(more, dict) and more else None,
        free=_is_free(openapi, more, free),
        atomic=openapi.get("x-kubernetes-map-type") == "atomic",
        required=tuple(strings(openapi, "required")),
        default=_default(openapi),
        preserve=preserve,
        embedded=metadata is not None,
        source=openapi,
    )


def _is_free(openapi: Mapping[str, object], more: object, inherited: bool) -> bool:
    """Say whether keys that are not declared may hold anything."""
    if more is None:
        return inherited or not openapi.get("properties")
    return more is True or more == {}


def _list(openapi: Mapping[str, object], free: bool) -> Node:
    list_type = _LIST_TYPES.get(openapi.get("x-kubernetes-list-type"), "atomic")
    keys = strings(openapi, "x-kubernetes-list-map-keys") if list_type == "map" else []
    return Node(
        "array",
        items=_node(section(openapi, "items"), free),
        list_type=list_type,
        keys=tuple(keys),
        default=_default(openapi),
        source=openapi,
    )


def _default(openapi: Mapping[str, object]) -> object:
    return openapi.get("default", ABSENT)


def _map(value: object) -> Mapping[str, object]:
    return value if isinstance(value, dict) else {}
