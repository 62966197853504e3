"""What an upgrade changes of the objects of a release, for people. Pure.

An object a line, with its fields and their values before and after. Values of Secrets are not
shown. It is kept on the Secret of the release's record, beside what Helm keeps there.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import cast

from shared.manifest.difference import differing_fields
from shared.manifest.field_path import FieldPath, shown
from shared.manifest.identity import Manifest, Ref

ANNOTATION = "penstock.dev/changes"
MASK = "***"

MOST_FIELDS = 20
"""Fields of one object that are named."""
LONGEST = 80
"""Letters of a value that are shown."""
LARGEST = 4 * 1024
"""Letters of all lines together; of what is beyond only how many lines there are."""

_MISSING = object()


def changes_between(before: Sequence[Manifest], after: Sequence[Manifest]) -> str:
    """What becomes of objects, a line each; empty where nothing does."""
    old = {Ref.of(one): one for one in before}
    new = {Ref.of(one): one for one in after}
    lines = [f"{ref} removed" for ref in old if ref not in new]
    for ref, wanted in new.items():
        if ref not in old:
            lines.append(f"{ref} added")
        elif fields := differing_fields(old[ref], wanted):
            lines.append(f"{ref} changed: {_fields(ref, fields, old[ref], wanted)}")
    return "\n".join(_bounded(lines))


def _fields(ref: Ref, fields: Sequence[FieldPath], old: Manifest, new: Manifest) -> str:
    told = [
        f"{shown(path)}: {_value(ref, old, path)} → {_value(ref, new, path)}"
        for path in fields[:MOST_FIELDS]
    ]
    if len(fields) > MOST_FIELDS:
        told.append(f"and {len(fields) - MOST_FIELDS} more")
    return ", ".join(told)


def _value(ref: Ref, manifest: Manifest, path: FieldPath) -> str:
    found = _at(manifest, path)
    if found is _MISSING:
        return "none"
    is_secret = (ref.group, ref.kind) == ("", "Secret") and path[0] in {"data", "stringData"}
    # What was applied last is written down by kubectl as a whole.
    if is_secret or (ref.kind == "Secret" and "annotations" in path):
        return MASK
    text = str(found).replace("\n", "\\n")
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"


def _at(value: object, path: Iterable[str]) -> object:
    """The value of a field."""
    for step in path:
        if isinstance(value, list):
            value = next(_entries(value, step[1:-1]), _MISSING)
        else:
            value = cast("Manifest", value).get(step, _MISSING) if _is_map(value) else _MISSING
    return value


def _entries(entries: list[object], name: str) -> Iterator[object]:
    """The entry of a name, or of a place."""
    yield from (one for one in entries if isinstance(one, dict) and one.get("name") == name)
    if name.isdecimal() and int(name) < len(entries):
        yield entries[int(name)]


def _is_map(value: object) -> bool:
    return isinstance(value, dict)


def _bounded(lines: Sequence[str]) -> Iterator[str]:
    left = LARGEST
    for number, line in enumerate(lines):
        left -= len(line) + 1
        if left < 0:
            yield f"and {len(lines) - number} more"
            return
        yield line
