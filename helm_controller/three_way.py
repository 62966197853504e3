"""What client-side apply sends: a merge patch made of what was, what shall be, and what is. Pure.

As JSON merge patches go (Helm's own way for custom resources). Helm merges the lists of built-in
kinds entry by entry; here a list is sent as a whole, and only where the chart has changed it, so
that what others have put in between stays as long as it can.
"""

from __future__ import annotations

from typing import cast

from shared.manifest.identity import Manifest, annotations_of, labels_of, metadata

_MISSING = object()
_NOT_SENT = frozenset({"apiVersion", "kind", "metadata", "status"})


def three_way(original: Manifest, wanted: Manifest, live: Manifest) -> Manifest:
    """The merge patch that brings `live` to `wanted`; what `original` had and `wanted` has not any
    more is taken off. Empty where there is nothing to do."""
    patch: Manifest = {}
    for key, value in wanted.items():
        change = _change(original.get(key, _MISSING), value, live.get(key, _MISSING))
        if change is not _MISSING:
            patch[key] = change
    for key in original:
        if key not in wanted and key in live:
            patch[key] = None
    return patch


def replacement(wanted: Manifest, live: Manifest) -> list[Manifest]:
    """The JSON patch that makes all of `live` what is wanted, its metadata but for labels and
    annotations left out."""
    operations = [
        _put(f"/{_escaped(key)}", value)
        for key, value in wanted.items()
        if key not in _NOT_SENT and live.get(key, _MISSING) != value
    ]
    operations += [
        {"op": "remove", "path": f"/{_escaped(key)}"}
        for key in live
        if key not in wanted and key not in _NOT_SENT
    ]
    for part, mine, theirs in (
        ("labels", labels_of(wanted), labels_of(live)),
        ("annotations", annotations_of(wanted), annotations_of(live)),
    ):
        if mine != theirs and (mine or part in metadata(live)):
            operations.append(_put(f"/metadata/{part}", mine))
    return operations


def _change(original: object, wanted: object, live: object) -> object:
    """What is sent for one field; _MISSING where nothing is."""
    if isinstance(wanted, dict) and isinstance(live, dict):
        before = cast("Manifest", original) if isinstance(original, dict) else {}
        inner = three_way(before, cast("Manifest", wanted), cast("Manifest", live))
        return inner or _MISSING
    if wanted == live or (isinstance(wanted, list) and wanted == original and live is not _MISSING):
        return _MISSING
    return wanted


def _put(path: str, value: object) -> Manifest:
    return {"op": "add", "path": path, "value": value}


def _escaped(key: str) -> str:
    return key.replace("~", "~0").replace("/", "~1")
