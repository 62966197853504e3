"""Lists whose entries are known by keys: how two of them become one.

Entries of the patch come first, in its order. The rules for entries that lack a key, or have one
of two, are kustomize's, down to what looks like an accident.
"""

from __future__ import annotations

from typing import Protocol, cast

from kustomize.field import wrong_kind
from kustomize.merge_keys import Schema
from kustomize.scalar import MISSING, is_empty, is_null, scalar_text, spelled, text_of
from shared.manifest.identity import Manifest

Values = list[str]


class Walk(Protocol):
    """Merges one entry with its counterpart."""

    def walk(self, own: object, patch: object, schema: Schema | None) -> object: ...


def merged_list(
    merge: Walk, own: list[object], patch: list[object] | None, schema: Schema
) -> list[object]:
    """The list that `own` (may be `patch` itself) becomes; `patch` is None where it is silent."""
    keys = list(schema.keys)
    sources = [patch, own] if patch is not None else [own]
    found = _keyed(sources, keys) if keys else _primitive(sources)
    if not keys:
        keys = [""]
    if len(keys) > 1:
        _complete(found)
    return _Merger(merge, own, patch, schema.entry()).run(found, keys)


def _keyed(sources: list[list[object]], keys: list[str]) -> list[Values]:
    """The values of the keys of all entries, each once."""
    seen: list[Values] = []
    known: set[tuple[str, ...]] = set()
    for source in sources:
        for entry in source:
            values = [_key_value(entry, key) for key in keys]
            if tuple(values) not in known:
                known.add(tuple(values))
                seen.append(values)
    return seen


def _key_value(entry: object, key: str) -> str:
    value = entry.get(key) if isinstance(entry, dict) else None
    return "" if is_empty(value) else text_of(value)


def _primitive(sources: list[list[object]]) -> list[Values]:
    return [[text] for text in dict.fromkeys(text_of(e) for source in sources for e in source)]


def _complete(found: list[Values]) -> None:
    """Lends entries that lack one of two keys the value of another that shares the rest."""
    for index, _ in enumerate(found):
        for other, _ in enumerate(found):
            both = _joined(found[index], found[other])
            if both is not None:
                found[index] = found[other] = both


def _joined(one: Values, other: Values) -> Values | None:
    if not any(mine == its for mine, its in zip(one, other, strict=True)):
        return None
    if any(mine and its and mine != its for mine, its in zip(one, other, strict=True)):
        return None
    return [mine or its for mine, its in zip(one, other, strict=True)]


def _valid(among: list[Values], values: Values, keys: list[str]) -> tuple[list[str], Values]:
    """The keys that count: those that any entry has."""
    used = {keys[index] for each in among for index, value in enumerate(each) if value}
    if not used:
        return keys, values
    return (
        [key for key in keys if key in used],
        [value for key, value in zip(keys, values, strict=False) if value or key in used],
    )


class _Merger:
    __slots__ = ("_merge", "_own", "_patch", "_schema")

    def __init__(
        self, merge: Walk, own: list[object], patch: list[object] | None, schema: Schema
    ) -> None:
        self._merge = merge
        self._own = own
        self._patch = patch
        self._schema = schema

    def run(self, found: list[Values], keys: list[str]) -> list[object]:
        own = self._own
        result: list[object] = []
        valid_keys = keys
        for values in found:
            valid_keys, valid = _valid(found, values, keys)
            entry = self._merged(*_valid([valid], valid, valid_keys))
            if entry is MISSING or is_null(entry) or entry == {}:
                put(own, MISSING, valid_keys, valid)
                continue
            if isinstance(entry, dict):
                _give_keys(cast("Manifest", entry), valid_keys, valid)
            put(result, entry, valid_keys, valid)
        return _followed(result, own, valid_keys) if found else own

    def _merged(self, keys: list[str], values: Values) -> object:
        old = _matching(self._own, keys, values)
        new = MISSING if self._patch is None else _matching(self._patch, keys, values)
        return self._merge.walk(old, new, self._schema)


def _matching(entries: list[object], keys: list[str], values: Values) -> object:
    """The first entry with these values; MISSING if there is none."""
    if not keys or not keys[0]:
        wanted = values[0] if values else ""
        return next((entry for entry in entries if text_of(entry) == wanted), MISSING)
    for entry in entries:
        if isinstance(entry, dict) and all(
            key in entry and text_of(entry[key]) == value
            for key, value in zip(keys, values, strict=True)
        ):
            return entry
    return MISSING


def _give_keys(entry: Manifest, keys: list[str], values: Values) -> None:
    for key, value in zip(keys, values, strict=False):
        if key not in entry and value:
            entry[key] = spelled(value)


def put(entries: list[object], new: object, keys: list[str], values: Values) -> None:
    """Replaces the entries that have these values by `new` (MISSING: removes them), or adds it.

    Entries without any content go on the way; so does every entry that does not match if no value
    is known at all.
    """
    kept: list[object] = []
    matched = False
    maps_only = bool(keys and keys[0] and values and values[0])
    for entry in entries:
        if is_null(entry) or entry == {}:
            continue
        if maps_only and not isinstance(entry, dict):
            kept.append(entry)
        elif not _has_all(entry, keys, values):
            kept += [entry] if values else []
        else:
            matched = True
            kept += [] if new is MISSING else [new]
    entries[:] = kept
    if not matched and new is not MISSING and not is_null(new):
        entries.append(new)


def _has_all(entry: object, keys: list[str], values: Values) -> bool:
    if not values:
        return False
    return all(_has(entry, key, value) for key, value in zip(keys, values, strict=False))


def _has(entry: object, key: str, value: str) -> bool:
    """Whether an entry has a value at a key (any value, if none is given), or is it."""
    if not key:
        if isinstance(entry, dict | list):
            raise wrong_kind("ScalarNode", entry)
        return scalar_text(entry) == value
    if not isinstance(entry, dict):
        raise wrong_kind("MappingNode", entry)
    return key in entry and (not value or text_of(entry[key]) == value)


def _followed(result: list[object], own: list[object], keys: list[str]) -> list[object]:
    """With the entries of the object behind: those that were merged take the place they have."""
    for entry in own:
        if not keys[0]:
            put(result, entry, [""], [text_of(entry)])
            continue
        values: Values = []
        for key in keys:
            if not is_null(entry) and not isinstance(entry, dict):
                raise wrong_kind("MappingNode", entry)
            if isinstance(entry, dict) and key in entry:
                values.append(text_of(entry[key]))
            else:
                result.append(entry)
        if len(keys) > 1:
            put(result, MISSING, keys, values)
        put(result, entry, keys, values)
    return result
