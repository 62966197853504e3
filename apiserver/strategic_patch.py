"""Strategic merge patch: like a merge patch, but lists with a merge key are merged item by item.

Directives: `$patch: delete|replace|merge`, `$deleteFromPrimitiveList/F`, `$setElementOrder/F`,
`$retainKeys`. Behaviour: apimachinery's strategicpatch.
"""

from __future__ import annotations

from typing import cast

from apiserver.refusal import bad_request
from apiserver.schema import ANYTHING, Node
from apiserver.value import Object

_DIRECTIVE = "$patch"
_DELETE_FROM = "$deleteFromPrimitiveList/"
_ORDER = "$setElementOrder/"
_RETAIN = "$retainKeys"


def apply(document: Object, patch: Object, node: Node) -> Object:
    """The document with the patch merged in. Raises a 400 for a patch that makes no sense."""
    match patch.get(_DIRECTIVE):
        case None | "merge":
            return _merge(document, patch, node)
        case "replace":
            return _plain(patch)
        case "delete":
            return {}
        case other:
            raise bad_request(f"Unknown patch type found: {other}")


def _merge(document: Object, patch: Object, node: Node) -> Object:
    merged = _retained(document, patch)
    for key, value in patch.items():
        if key.startswith(_DELETE_FROM):
            field = key.removeprefix(_DELETE_FROM)
            merged[field] = _without(merged.get(field), value)
    for key, value in patch.items():
        if key in (_DIRECTIVE, _RETAIN) or key.startswith((_DELETE_FROM, _ORDER)):
            continue
        _merge_field(merged, key, value, node.at(key) or ANYTHING)
    for key, order in patch.items():
        if key.startswith(_ORDER):
            _reorder(merged, key.removeprefix(_ORDER), order, node)
    return merged


def _retained(document: Object, patch: Object) -> Object:
    retained = patch.get(_RETAIN)
    if not isinstance(retained, list):
        return dict(document)
    return {key: value for key, value in document.items() if key in retained}


def _merge_field(merged: Object, key: str, value: object, node: Node) -> None:
    if value is None:
        merged.pop(key, None)
        return
    live = merged.get(key)
    if isinstance(value, dict):
        patch = cast("Object", value)
        before = cast("Object", live) if isinstance(live, dict) else {}
        if "replace" in node.patch_strategy and _DIRECTIVE not in patch:
            merged[key] = _plain(patch)
        elif patch.get(_DIRECTIVE) == "delete":
            merged.pop(key, None)
        else:
            merged[key] = apply(before, patch, node)
    elif isinstance(value, list):
        merged[key] = _merge_list(live if isinstance(live, list) else [], value, node)
    else:
        merged[key] = value


def _merge_list(live: list[object], patch: list[object], node: Node) -> list[object]:
    if "merge" not in node.patch_strategy:
        return [_plain_value(each) for each in patch]
    if not node.merge_key:
        return live + [each for each in patch if each not in live]
    return _Keyed(node.merge_key, node.items or ANYTHING).merge(live, patch)


class _Keyed:
    """A list whose items a merge key tells apart."""

    def __init__(self, key: str, node: Node) -> None:
        self._key = key
        self._node = node

    def merge(self, live: list[object], patch: list[object]) -> list[object]:
        items = [cast("Object", each) for each in patch if isinstance(each, dict)]
        if any(each == {_DIRECTIVE: "replace"} for each in items):
            kept = [each for each in items if each.get(_DIRECTIVE) != "replace"]
            return [_plain(each) for each in kept]
        merged = list(live)
        for item in items:
            self._put(merged, item)
        return merged

    def _put(self, merged: list[object], item: Object) -> None:
        if self._key not in item:
            raise bad_request(f"map: {item} does not contain declared merge key: {self._key}")
        at = self._position(merged, item[self._key])
        if item.get(_DIRECTIVE) == "delete":
            merged[:] = [each for each in merged if not self._is(each, item[self._key])]
        elif at is None:
            merged.append(apply({}, item, self._node))
        else:
            merged[at] = apply(cast("Object", merged[at]), item, self._node)

    def _position(self, merged: list[object], value: object) -> int | None:
        return next((at for at, each in enumerate(merged) if self._is(each, value)), None)

    def _is(self, item: object, value: object) -> bool:
        return isinstance(item, dict) and item.get(self._key) == value


def _without(live: object, gone: object) -> list[object]:
    if not isinstance(live, list) or not isinstance(gone, list):
        return []
    return [each for each in live if each not in gone]


def _reorder(merged: Object, field: str, order: object, node: Node) -> None:
    """Put the items that the client names in its order; the others keep their places around."""
    items = merged.get(field)
    if not isinstance(items, list) or not isinstance(order, list):
        return
    key = (node.at(field) or ANYTHING).merge_key
    wanted = [_identity(each, key) for each in order]
    named = [each for each in items if _identity(each, key) in wanted]
    named.sort(key=lambda each: wanted.index(_identity(each, key)))
    ordered = iter(named)
    merged[field] = [next(ordered) if _identity(each, key) in wanted else each for each in items]


def _identity(item: object, key: str) -> object:
    return item.get(key) if key and isinstance(item, dict) else item


def _plain(patch: Object) -> Object:
    """A patch as a value: without directives and nulls."""
    return {
        key: _plain_value(value)
        for key, value in patch.items()
        if value is not None and not key.startswith("$")
    }


def _plain_value(value: object) -> object:
    if isinstance(value, dict):
        return _plain(cast("Object", value))
    if isinstance(value, list):
        return [_plain_value(each) for each in value]
    return value
