"""The lists of a strategic merge patch: merged by a merge key or as sets, and put in order.

Items of the patch come in the patch's order, those that only the document has in the document's,
and the two are laced so that what the document had in order stays in order.
Behaviour: apimachinery's strategicpatch as of Kubernetes 1.36, its error texts too.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeAlias

from apiserver.go_text import plain
from apiserver.refusal import Refusal, bad_request
from apiserver.typed_value import equal, shape_of
from apiserver.value import Object

Merge: TypeAlias = Callable[[Object, Object], Object]


def items_without(live: list[object], gone: list[object]) -> list[object]:
    """Return the items of `live` that are not in `gone`."""
    return [item for item in live if _place(gone, item, "") < 0]


def merged_list(live: list[object], new: list[object], key: str, merge: Merge) -> list[object]:
    """Return the list `new` of a patch merged into `live`.

    Items are told apart by `key`, scalars by their value; `merge` merges one item into another.
    Raises Refusal.
    """
    if not live and not new:
        return live
    if not _are_maps(live, new):
        both = [*live, *new]
        scalars = [item for at, item in enumerate(both) if _place(both, item, "") == at]
        return _in_order(scalars, new, live, "")
    if not key:
        raise Refusal(500, "", "cannot merge lists without merge key")
    left, items = _after_directives(live, new, key)
    merged = list(left)
    for item in items:
        _put(merged, item, key, merge)
    return _in_order(merged, items, left, key)


def _put(merged: list[object], item: object, key: str, merge: Merge) -> None:
    place = _place(merged, item, key)
    old = merged[place] if place >= 0 else None
    if isinstance(old, dict) and isinstance(item, dict):
        merged[place] = merge(old, item)
    else:
        merged.append(item)


def _after_directives(
    live: list[object], new: list[object], key: str
) -> tuple[list[object], list[object]]:
    """Return what is left of the live list, and the items of the patch that are no directives."""
    items = [item for item in new if _directive(item) is None]
    directed = [item for item in new if _directive(item) is not None]
    _require_key(items, key)
    for item in directed:
        if _directive(item) == "delete":
            _require_key([item], key)
            live = [each for each in live if _identity(each, key) != _identity(item, key)]
        elif _directive(item) != "replace":
            raise _unknown(item)
    if any(_directive(item) == "replace" for item in directed):
        return items, []
    return live, items


def _unknown(item: object) -> Refusal:
    directive = _directive(item)
    if directive == "merge":
        return Refusal(500, "", "merging lists cannot yet be specified in the patch")
    kept = plain(item)
    return Refusal(500, "", f"unknown patch type: {plain(directive)} in map: {kept}")


def ordered_list(
    contents: list[object], lists: tuple[list[object], list[object], list[object]], key: str
) -> list[object]:
    """Return `contents` in the order that a patch asks for.

    `lists` are the document's list, the patch's and the wanted order. Raises Refusal where the
    order contradicts the patch, or where there are no items to tell what they are.
    """
    live, new, order = lists
    _require_agreement(new, order, key)
    _are_maps(live, new)
    return _in_order(contents, order, live, key)


def _require_agreement(new: list[object], order: list[object], key: str) -> None:
    wanted = [item for item in new if _directive(item) is None]
    if not order or not wanted:
        return
    if key:
        _require_key([*wanted, *order], key)
    rest = iter(order)
    for item in wanted:
        if not any(_is_same(item, each, key) for each in rest):
            raise Refusal(
                500,
                "",
                f"The order in patch list:\n{plain(new)}\n doesn't match $setElementOrder list:\n"
                f"{plain(order)}\n",
            )


def _in_order(
    contents: list[object], order: list[object], live: list[object], key: str
) -> list[object]:
    if key:
        _require_key([*contents, *order, *live], key)
    named = [item for item in contents if _place(order, item, key) >= 0]
    others = [item for item in contents if _place(order, item, key) < 0]
    named.sort(key=lambda item: _place(order, item, key))
    return _laced(others, named, lambda item: _place(live, item, key))


def _laced(
    left: Sequence[object], right: Sequence[object], place: Callable[[object], int]
) -> list[object]:
    """Return both in one list: items of `left` go before the first of `right` they preceded."""
    out: list[object] = []
    at = 0
    for item in right:
        while at < len(left) and 0 <= place(left[at]) < place(item):
            out.append(left[at])
            at += 1
        out.append(item)
    return [*out, *left[at:]]


def _are_maps(*lists: list[object]) -> bool:
    """Say whether the items are maps.

    Raises Refusal where they are lists, of several kinds, or none at all.
    """
    shapes = {
        shape_of(item) if not isinstance(item, str | bool) else type(item)
        for each in lists
        for item in each
    }
    if not shapes:
        raise Refusal(500, "", "no elements in any of the given slices")
    if "list" in shapes:
        raise bad_request("lists of lists are not supported")
    if len(shapes) > 1:
        kept = " ".join(map(plain, lists))
        raise Refusal(500, "", f"list element types are not identical: [{kept}]")
    return "map" in shapes


def _require_key(items: Sequence[object], key: str) -> None:
    for item in items:
        if not isinstance(item, dict) or key not in item:
            raise Refusal(500, "", f"map: {plain(item)} does not contain declared merge key: {key}")


def _directive(item: object) -> object:
    return item.get("$patch") if isinstance(item, dict) else None


def _identity(item: object, key: str) -> object:
    return item.get(key) if key and isinstance(item, dict) else item


def _is_same(one: object, other: object, key: str) -> bool:
    return equal(_identity(one, key), _identity(other, key))


def _place(items: Sequence[object], item: object, key: str) -> int:
    """Return where `item` is, or -1."""
    found = (at for at, each in enumerate(items) if _is_same(each, item, key))
    return next(found, -1)
