"""Where a strategic merge patch does not do what it says, or more: found before it is merged."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from kustomize.merge_keys import Schema, Schemas
from kustomize.scalar import text_of
from shared.manifest.identity import Manifest

MOST_PAIRS = 1_000_000
"""Entries of two lists are compared each with each up to here; larger lists are not looked at."""
_DIRECTIVE = "$patch"
_UNKNOWN = ("$retainKeys", "$setElementOrder/", "$deleteFromPrimitiveList/")


class Surprise(NamedTuple):
    """What will happen, and the fields that lead to where."""

    message: str
    way: tuple[str, ...]


def surprises(own: Manifest, patch: Manifest, schemas: Schemas) -> Iterator[Surprise]:
    """What a patch will do to an object that can hardly be meant."""
    kind = text_of(own.get("apiVersion", "")), text_of(own.get("kind", ""))
    yield from _in_mapping(own, patch, schemas.get(kind), ())


def _in_mapping(
    own: object, patch: Manifest, schema: Schema | None, way: tuple[str, ...]
) -> Iterator[Surprise]:
    for name, value in patch.items():
        here = (*way, name)
        if name.startswith(_UNKNOWN):
            yield Surprise(f"kustomize does not know `{name}`: it comes out as a field", here)
            continue
        old = own.get(name) if isinstance(own, dict) else None
        below = schema.below(name) if schema else None
        if isinstance(value, dict):
            yield from _in_mapping(old, value, below, here)
        elif isinstance(value, list):
            entries = old if isinstance(old, list) else []
            if below is None or not below.merged:
                yield from _in_whole_list(value, here)
            elif below.keys and not _says_replace(value):
                yield from _in_list(entries, value, below, here)


def _in_whole_list(patch: list[object], way: tuple[str, ...]) -> Iterator[Surprise]:
    if any(isinstance(entry, dict) and _DIRECTIVE in entry for entry in patch):
        yield Surprise(
            f"`{way[-1]}` has no merge key and is taken whole: `$patch` comes out as a field",
            (*way, _DIRECTIVE),
        )


def _says_replace(patch: list[object]) -> bool:
    return any(isinstance(entry, dict) and list(entry) == [_DIRECTIVE] for entry in patch)


def _in_list(
    own: list[object], patch: list[object], schema: Schema, way: tuple[str, ...]
) -> Iterator[Surprise]:
    if (len(own) + len(patch)) * len(patch) > MOST_PAIRS:
        return
    if own and not patch:
        yield Surprise(f"an empty list leaves `{way[-1]}` as it is: null would remove it", way)
    yield from _repeated(own, schema.keys, way)
    for entry in patch:
        if isinstance(entry, dict):
            match = _only(_same(own, entry, schema.keys))
            yield from _of_entry(entry, schema.keys, way)
            if _is_lost(entry, own, patch, schema.keys):
                yield _lost(entry, schema.keys, way)
            if way[-1] == "volumes" and match is not None:
                yield from _two_sources(match, entry, way)
            yield from _in_mapping(match, entry, schema.entry(), way)


def _of_entry(entry: Manifest, keys: tuple[str, ...], way: tuple[str, ...]) -> Iterator[Surprise]:
    if not any(key in entry for key in keys):
        yield Surprise(
            f"an entry of `{way[-1]}` without `{keys[0]}` removes all entries that are not in the "
            "patch",
            way,
        )
    if text_of(entry.get(_DIRECTIVE, "")) == "replace":
        yield Surprise(
            f"`$patch: replace` in an entry of `{way[-1]}` does nothing: the entry stays as it is",
            (*way, _DIRECTIVE),
        )


def _is_lost(
    entry: Manifest, own: list[object], patch: list[object], keys: tuple[str, ...]
) -> bool:
    """Whether an entry is taken for another one that names a key which it does not, or names fewer:
    kustomize lends the key, and then finds neither by it."""
    given = _values(entry, keys)
    lacks = not all(given)
    known = [*own, *patch] if lacks else own
    return any(
        isinstance(other, dict) and _may_be_one(given, _values(other, keys)) for other in known
    )


def _may_be_one(one: list[str], other: list[str]) -> bool:
    pairs = list(zip(one, other, strict=True))
    return (
        one != other
        and any(a == b for a, b in pairs)
        and not any(a and b and a != b for a, b in pairs)
    )


def _values(entry: Manifest, keys: tuple[str, ...]) -> list[str]:
    return [text_of(entry[key]) if key in entry else "" for key in keys]


def _lost(entry: Manifest, keys: tuple[str, ...], way: tuple[str, ...]) -> Surprise:
    named = next((key for key in keys if key in entry), keys[0])
    return Surprise(
        f"the entry of `{way[-1]}` with {named} {text_of(entry.get(named, ''))} is lost: another "
        f"one is as well described by it; both have to say {' and '.join(keys)}",
        (*way, named),
    )


def _same(own: list[object], entry: Manifest, keys: tuple[str, ...]) -> list[Manifest]:
    """The entries that have the same values at those of the keys that the patch names."""
    named = [key for key in keys if key in entry]
    return [
        each
        for each in own
        if isinstance(each, dict)
        and named
        and all(key in each and text_of(each[key]) == text_of(entry[key]) for key in named)
    ]


def _only(found: list[Manifest]) -> Manifest | None:
    return found[0] if len(found) == 1 else None


def _repeated(own: list[object], keys: tuple[str, ...], way: tuple[str, ...]) -> Iterator[Surprise]:
    seen: set[tuple[str, ...]] = set()
    for entry in own:
        if not isinstance(entry, dict) or not all(key in entry for key in keys):
            continue
        values = tuple(text_of(entry[key]) for key in keys)
        if values in seen:
            yield Surprise(
                f"`{way[-1]}` of the object has {values[0]} twice: one is left, and it counts more "
                "than the patch",
                way,
            )
        seen.add(values)


def _two_sources(own: Manifest, patch: Manifest, way: tuple[str, ...]) -> Iterator[Surprise]:
    old = {name for name in own if name != "name"}
    new = {name for name in patch if name not in ("name", _DIRECTIVE) and patch[name]}
    if old and new and not old & new and not set(patch) & old:
        yield Surprise(
            f"the volume {text_of(own['name'])} gets {min(new)} beside {min(old)}: null would "
            "remove that",
            (*way, min(new)),
        )
