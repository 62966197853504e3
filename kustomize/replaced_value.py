"""Writing the value of a replacement into a place: a part of its text, its text, or all of it."""

from __future__ import annotations

from typing import cast

from kustomize.bound import LONGEST_TEXT, MOST_CHARACTERS, MOST_COPIED, Budget, size
from kustomize.field_path import FRESH, Slot
from kustomize.kustomization import FieldOptions
from kustomize.problem import BuildError
from kustomize.scalar import copied, retyped, scalar_text, spelled, text_of


class Writer:
    """Writes values, and keeps count of how much it made of them."""

    __slots__ = ("_characters", "_values")

    def __init__(self) -> None:
        self._values = Budget(MOST_COPIED, "the objects with their replacements")
        self._characters = Budget(MOST_CHARACTERS, "the texts with their replacements")

    def write(self, slot: Slot, value: object, options: FieldOptions) -> None:
        """Write a value into a place. Raises BuildError where it does not fit, or is too much."""
        self._values.spend(size(value))
        _write(slot, value, options)
        if options.delimiter:
            holder, where = slot
            text = text_of(cast("dict[object, object]", holder)[where])
            self._characters.spend(len(text))
            if len(text) > LONGEST_TEXT:
                raise BuildError("a text with its replacements would become too large")


def _write(slot: Slot, value: object, options: FieldOptions) -> None:
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
