"""The packaged table of built-in kinds, read when it is first asked for.

A type's fields become nodes when they are looked at, so a kind costs what of it is used.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache
from importlib.resources import files
from types import MappingProxyType

import orjson

from apiserver.fieldset import FieldSet, fieldset_of
from apiserver.schema import NO_FIELDS, ListType, Node, Schema
from apiserver.typed_value import ABSENT
from apiserver.value import Object, elements, section, strings, text

_LIST_TYPES: Mapping[object, ListType] = {"set": "set", "map": "map"}
_STATUS = fieldset_of(("f:status",))
_SPEC = fieldset_of(("f:spec",))
_SPEC_AND_METADATA = fieldset_of(("f:metadata",), ("f:spec",))
# Whose labels and other metadata a write of the status leaves alone is each kind's own habit.
_METADATA_KEPT = """
APIService CustomResourceDefinition DeviceTaintRule FlowSchema PodGroup PriorityLevelConfiguration
ResourceClaim ResourcePoolStatusRequest ServiceCIDR StorageVersion StorageVersionMigration
ValidatingAdmissionPolicy VolumeAttachment
"""
_STATUS_WRITES: Mapping[str, FieldSet] = {
    "Deployment": fieldset_of(("f:spec",), ("f:metadata", "f:labels")),
    "Pod": fieldset_of(
        ("f:spec",), ("f:metadata", "f:deletionTimestamp"), ("f:metadata", "f:ownerReferences")
    ),
    **dict.fromkeys(_METADATA_KEPT.split(), _SPEC_AND_METADATA),
}


@dataclass(frozen=True, slots=True)
class BuiltinKind:
    """A built-in kind. `plural` is empty where it is only posted, such as a Binding or a Scale.

    `verbs` and `subresources` (name to verbs) are those that the real server's documents list.
    """

    group: str
    version: str
    kind: str
    plural: str
    namespaced: bool
    verbs: tuple[str, ...]
    subresources: Mapping[str, tuple[str, ...]]


def kinds() -> tuple[BuiltinKind, ...]:
    """Return every built-in kind, in the order of group, version and kind."""
    return tuple(kind for kind, _ in _index().values())


@cache
def schema_of(group: str, version: str, kind: str) -> Schema | None:
    """Return the type of a built-in kind, or None where it is not built in."""
    found = _index().get((group, version, kind))
    if found is None:
        return None
    resets: dict[str, FieldSet] = {}
    if "status" in found[0].subresources:
        resets = {"": _STATUS, "status": _STATUS_WRITES.get(kind, _SPEC)}
    return Schema(_node(found[1]), MappingProxyType(resets), structs=True)


def object_meta() -> Node:
    """Return the type of `metadata`."""
    place = section(_table(), "types")["io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta"]
    return _node(int(str(place)))


@cache
def _table() -> Object:
    text_ = files("apiserver.builtin").joinpath("kinds.json").read_bytes()
    table = orjson.loads(text_)
    return table if isinstance(table, dict) else {}


@cache
def _index() -> dict[tuple[str, str, str], tuple[BuiltinKind, int]]:
    rows = [row for row in elements(_table(), "kinds") if isinstance(row, list)]
    return {(row[0], row[1], row[2]): (_kind(row), row[3]) for row in rows}


def _kind(row: list[object]) -> BuiltinKind:
    group, version, kind, _, plural, namespaced, verbs, below = row
    subresources = {name: tuple(strings(below, name)) for name in section(below)}
    return BuiltinKind(
        str(group),
        str(version),
        str(kind),
        str(plural),
        bool(namespaced),
        tuple(strings({"verbs": verbs}, "verbs")),
        MappingProxyType(subresources),
    )


class _Fields(Mapping[str, Node]):
    """The fields of a type, made when they are looked at."""

    __slots__ = ("_places",)

    def __init__(self, places: dict[str, int]) -> None:
        self._places = places

    def __getitem__(self, name: str) -> Node:
        return _node(self._places[name])

    def __contains__(self, name: object) -> bool:
        return name in self._places

    def __iter__(self) -> Iterator[str]:
        return iter(self._places)

    def __len__(self) -> int:
        return len(self._places)


@cache
def _node(place: int) -> Node:
    row = _object(elements(_table(), "nodes")[place])
    reference = row.get("$")
    base = _node(reference) if isinstance(reference, int) else _plain(row)
    return replace(
        base,
        atomic=row["a"] == 1 if "a" in row else base.atomic,
        list_type=_LIST_TYPES.get(row["l"], "atomic") if "l" in row else base.list_type,
        keys=tuple(strings(row, "k")) or base.keys,
        patch_strategy=tuple(strings(row, "s")) or base.patch_strategy,
        merge_key=text(row, "m") or base.merge_key,
        default=row.get("d", ABSENT),
        zero=row.get("z", ABSENT),
    )


def _plain(row: Object) -> Node:
    fields, values, items = section(row, "p"), row.get("v"), row.get("i")
    places = {name: place for name, place in fields.items() if isinstance(place, int)}
    return Node(
        text(row, "t"),
        text(row, "f"),
        fields=_Fields(places) if places else NO_FIELDS,
        values=_node(values) if isinstance(values, int) else None,
        items=_node(items) if isinstance(items, int) else None,
        required=tuple(strings(row, "r")),
        omitted=tuple(strings(row, "e")),
        # What has no type at all is raw: the data of a ControllerRevision.
        free=row.get("o") == 1 or not row.keys() & {"t", "p", "v", "i"},
    )


def _object(value: object) -> Object:
    return value if isinstance(value, dict) else {}
