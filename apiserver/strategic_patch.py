"""Strategic merge patch: like a merge patch, but lists with a merge key are merged item by item.

Directives: `$patch` (replace, delete) in a map or an item, `$retainKeys`, and beside a list `F`
`$setElementOrder/F` and `$deleteFromPrimitiveList/F`. How a field merges is in its type.
Behaviour: apimachinery's strategicpatch as of Kubernetes 1.36, its error texts too.
"""

from __future__ import annotations

from collections.abc import Mapping

from apiserver.go_text import plain, type_name
from apiserver.refusal import Refusal, bad_request
from apiserver.schema import ANYTHING, Node
from apiserver.strategic_list import items_without, merged_list, ordered_list
from apiserver.typed_value import ABSENT, shape_of
from apiserver.value import Object

DIRECTIVE = "$patch"
_DELETE_FROM = "$deleteFromPrimitiveList/"
_ORDER = "$setElementOrder/"
_RETAIN = "$retainKeys"


def apply(document: Object, patch: Object, node: Node) -> Object:
    """Return the document with the patch merged in; neither is changed.

    Raises Refusal for a patch that makes no sense: 400 for a malformed directive, 500 as the real
    server has it for items that cannot be told apart.
    """
    if DIRECTIVE in patch:
        return _directed(patch)
    merged = _retained(document, patch)
    ordered = [key for key in patch if key.startswith(_ORDER)]
    done = {_RETAIN, *ordered}
    for key in ordered:
        name = key.removeprefix(_ORDER)
        if _put_in_order(merged, patch, name, node.at(name) or ANYTHING):
            done.add(name)
    for key, value in patch.items():
        if key.startswith(_DELETE_FROM):
            _delete_from(merged, key.removeprefix(_DELETE_FROM), value)
        elif key not in done:
            _put(merged, key, value, node.at(key) or ANYTHING)
    return merged


def _directed(patch: Object) -> Object:
    directive = patch[DIRECTIVE]
    if directive == "replace":
        return {key: value for key, value in patch.items() if key != DIRECTIVE}
    if directive == "delete":
        return {}
    raise _unknown(directive, patch)


def _unknown(directive: object, patch: Object) -> Refusal:
    return Refusal(500, "", f"unknown patch type: {plain(directive)} in map: {plain(patch)}")


def _retained(document: Object, patch: Object) -> Object:
    """Return a copy of the document, with only the fields that the patch says to keep."""
    if _RETAIN not in patch:
        return dict(document)
    retained = patch[_RETAIN]
    if not isinstance(retained, list):
        raise bad_request("invalid patch format of retainKeys")
    for key, value in patch.items():
        if value is not None and not key.startswith("$") and key not in retained:
            raise bad_request("invalid patch format of retainKeys")
    return {key: value for key, value in document.items() if key in retained}


def _put_in_order(merged: Object, patch: Object, name: str, node: Node) -> bool:
    """Merge a list in the order that the patch gives; say whether there is such a list."""
    order = _list_of(patch[_ORDER + name])
    live = merged.get(name, ABSENT)
    wanted = patch.get(name, ABSENT)
    before = [] if live is ABSENT else _list_of(live)
    new = [] if wanted is ABSENT else _list_of(wanted)
    if live is ABSENT and wanted is ABSENT:
        return False
    if wanted is ABSENT:
        contents = before
    elif live is ABSENT:
        contents = [_taken(item) for item in new if not _is_directed(item)]
    else:
        contents = _merged_list(before, new, node)
    merged[name] = ordered_list(contents, (before, new, order), node.merge_key)
    return wanted is not ABSENT


def _list_of(value: object) -> list[object]:
    if isinstance(value, list):
        return value
    raise Refusal(500, "", f"expected a []interface {{}}, but received a {type_name(value)}")


def _delete_from(merged: Object, name: str, gone: object) -> None:
    live = merged.get(name)
    if gone is None:
        merged.pop(name, None)
    elif isinstance(live, list) and isinstance(gone, list):
        merged[name] = items_without(live, gone)


def _put(merged: Object, key: str, value: object, node: Node) -> None:
    live = merged.get(key, ABSENT)
    if value is None or _is_directed_away(live, value):
        merged.pop(key, None)
    elif live is ABSENT or shape_of(live) != shape_of(value):
        merged[key] = _taken(value)
    else:
        merged[key] = _merged(live, value, node)


def _is_directed_away(live: object, value: object) -> bool:
    """Say whether a map with a directive meets nothing that it could direct."""
    return _is_directed(value) and not isinstance(live, dict)


def _merged(live: object, value: object, node: Node) -> object:
    if isinstance(live, dict) and isinstance(value, dict):
        return value if "replace" in node.patch_strategy else apply(live, value, node)
    if isinstance(live, list) and isinstance(value, list):
        return _merged_list(live, value, node)
    return value


def _merged_list(live: list[object], new: list[object], node: Node) -> list[object]:
    if "merge" not in node.patch_strategy:
        return new
    items = node.items or ANYTHING
    return merged_list(live, new, node.merge_key, lambda old, item: apply(old, item, items))


def _taken(value: object) -> object:
    """Return a value of the patch where the document has none: without nulls and directives."""
    if isinstance(value, list):
        return [_taken(item) for item in value if not _is_directed(item)]
    if not isinstance(value, dict):
        return value
    return {
        key: _taken(inner)
        for key, inner in value.items()
        if inner is not None and not key.startswith("$") and not _is_directed(inner)
    }


def _is_directed(value: object) -> bool:
    return isinstance(value, Mapping) and DIRECTIVE in value
