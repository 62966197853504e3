"""Writing the value of a replacement into a place: a part of its text, its text, or all of it."""

from __future__ import annotations

from typing import cast

from kustomize.field_path import FRESH, Slot
from kustomize.kustomization import FieldOptions
from kustomize.problem import BuildError
from kustomize.scalar import copied, retyped, scalar_text, spelled, text_of


def write(slot: Slot, value: object, options: FieldOptions) -> None:
    """A scalar keeps its type, so that `"8080"` becomes a number where one was; mappings and lists
    give way to whatever comes. Raises BuildError where that cannot be."""
    holder, where = slot
    entries = cast("dict[object, object]", holder)
    is_fresh = entries[where] is FRESH
    old = "" if is_fresh else entries[where]
    if options.delimiter:
        if isinstance(old, dict | list):
            raise BuildError("delimiter option can only be used with scalar nodes")
        value = _joined(text_of(old), scalar_text(value), options)
    if isinstance(old, dict | list):
        entries[where] = copied(value)
    elif is_fresh:
        entries[where] = spelled(text_of(value))
    else:
        entries[where] = retyped(old, text_of(value))


def _joined(old: str, new: str, options: FieldOptions) -> str:
    parts = old.split(options.delimiter)
    if options.index < 0:
        parts.insert(0, new)
    elif options.index >= len(parts):
        parts.append(new)
    else:
        parts[options.index] = new
    return options.delimiter.join(parts)
