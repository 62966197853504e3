"""What client-side apply sends: a merge patch made of what was, what shall be, and what is. Pure.

As Helm has it: fields that the chart says are put back, fields that it has said and does not any
more are taken off, others stay. Lists of built-in kinds are merged entry by entry where Kubernetes
does so (`entry_list.py`), and else sent as a whole. Lists of custom resources are sent only where
the chart has changed them. Helm sends a strategic merge patch; this is what becomes of one, for the
object as it was read: its version goes along, so that nothing that came between is lost.
"""

from __future__ import annotations

from typing import cast

from helm_controller.entry_list import EntryList
from kustomize.merge_keys import Schema, built_in
from shared.manifest.identity import Manifest, annotations_of, labels_of, metadata, text

_MISSING = object()
_NOT_SENT = frozenset({"apiVersion", "kind", "metadata", "status"})
_EXCLUSIVE = frozenset({"strategy", "volumes"})
"""What holds one of several variants: once it changes only the fields that the chart says stay.
Kubernetes says it of a Deployment's strategy and of each volume."""


def three_way(original: Manifest, wanted: Manifest, live: Manifest) -> Manifest:
    """The merge patch that brings `live` to `wanted`; what `original` had and `wanted` has not any
    more is taken off. Empty where there is nothing to do."""
    schema = built_in().get((text(wanted, "apiVersion"), text(wanted, "kind")))
    patch = _changes(original, wanted, live, schema)
    version = metadata(live).get("resourceVersion")
    if patch and version:
        part = cast("Manifest", patch.get("metadata") or {})
        patch["metadata"] = {**part, "resourceVersion": version}
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


def _changes(
    original: Manifest,
    wanted: Manifest,
    live: Manifest,
    schema: Schema | None,
    *,
    exclusive: bool = False,
) -> Manifest:
    """What is sent of a map. `schema`: what Kubernetes says of it, None within kinds that it does
    not bring along; `exclusive`: whether it holds one of several variants."""
    patch: Manifest = {}
    for key, value in wanted.items():
        states = (original.get(key, _MISSING), value, live.get(key, _MISSING))
        change = _change(key, states, _below(schema, key))
        if change is not _MISSING:
            patch[key] = change
    gone = live if exclusive and patch else original
    return patch | {key: None for key in gone if key not in wanted and key in live}


def _change(key: str, states: tuple[object, object, object], schema: Schema | None) -> object:
    """What is sent for one field that was, shall be and is; _MISSING where nothing is."""
    original, wanted, live = states
    if isinstance(wanted, dict) and isinstance(live, dict):
        exclusive = schema is not None and key in _EXCLUSIVE
        inner = _changes(_map(original), wanted, live, schema, exclusive=exclusive)
        return inner or _MISSING
    if wanted == live:
        return _MISSING
    if not isinstance(wanted, list) or not isinstance(live, list):
        return wanted
    if schema is None:
        return _MISSING if wanted == original else wanted
    if not schema.merged:
        return wanted
    before = original if isinstance(original, list) else []
    merged = _entries(key, schema).merged(before, wanted, live)
    return wanted if merged is None else _MISSING if merged == live else merged


def _entries(key: str, schema: Schema) -> EntryList:
    """A list that is merged entry by entry."""

    def become(before: Manifest, after: Manifest, there: Manifest) -> Manifest:
        exclusive = key in _EXCLUSIVE
        return patched(there, _changes(before, after, there, schema.entry(), exclusive=exclusive))

    return EntryList(schema.keys, become)


def _below(schema: Schema | None, key: str) -> Schema | None:
    return None if schema is None else schema.below(key) or Schema()


def _map(found: object) -> Manifest:
    return cast("Manifest", found) if isinstance(found, dict) else {}


def patched(live: Manifest, patch: Manifest) -> Manifest:
    """A map after a merge patch (RFC 7396)."""
    result = {key: value for key, value in live.items() if key not in patch}
    for key, value in patch.items():
        inner = live.get(key)
        if isinstance(value, dict):
            under = cast("Manifest", inner) if isinstance(inner, dict) else {}
            result[key] = patched(under, cast("Manifest", value))
        elif value is not None:
            result[key] = value
    return result


def _put(path: str, value: object) -> Manifest:
    return {"op": "add", "path": path, "value": value}


def _escaped(key: str) -> str:
    return key.replace("~", "~0").replace("/", "~1")
