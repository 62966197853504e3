"""Values inside of texts that hold JSON or YAML themselves."""

from __future__ import annotations

import json
from typing import cast

from kustomize.field_path import FRESH, Slot, found, matched
from kustomize.hash_suffix import go_json, html_safe
from kustomize.kept_yaml import Misfit, rewritten
from kustomize.kustomization import FieldOptions
from kustomize.problem import BuildError
from kustomize.replaced_value import Writer
from kustomize.scalar import MISSING, RESOURCE, is_null, plain
from shared.manifest.composition import documents
from shared.manifest.document_error import DocumentError
from shared.manifest.identity import Manifest


def set_inside(
    manifest: Manifest, parts: list[str], value: object, options: FieldOptions, writer: Writer
) -> bool:
    """Write a value into the text that a path leads into.

    False where the path does not lead through a text, or to nothing in it. A text that would not
    be JSON any more stays as it was.
    """
    place = _text_on_the_way(manifest, parts)
    if place is None:
        return False
    holder, inside = place
    entries = cast("dict[object, object]", holder[0])
    text = cast("str", entries[holder[1]])
    document = _parsed(text)
    if document is None:
        return False
    root: dict[str, object] = {"": document}
    slots = _slots(root, inside, value, options)
    if not slots:
        return False
    is_json = text.lstrip()[:1] in ("{", "[")
    for slot in slots:
        if not _write(slot, value, options, writer) and is_json:
            return True
    entries[holder[1]] = _as_json(root[""], text) if is_json else rewritten(text, root[""])
    return True


def _text_on_the_way(manifest: Manifest, parts: list[str]) -> tuple[Slot, list[str]] | None:
    """The first text that a path goes through, and the rest of the path."""
    for length in range(1, len(parts)):
        try:
            value = found(manifest, parts[:length])
        except BuildError:
            continue
        if value is not MISSING and not isinstance(value, dict | list):
            return _slot(manifest, parts[:length], value), parts[length:]
    return None


def _slot(manifest: Manifest, parts: list[str], value: object) -> Slot:
    holder = found(manifest, parts[:-1])
    if isinstance(holder, dict):
        return holder, parts[-1]
    items = cast("list[object]", holder)
    return items, next(index for index, item in enumerate(items) if item is value)


def _parsed(text: object) -> object:
    """The value that a text holds; None for none, and for what is not text."""
    if not isinstance(text, str):
        return None
    try:
        held = documents(text.encode(), path="", rules=RESOURCE)
    except DocumentError:
        return None
    return held[0].value if held else None


def _slots(root: Manifest, parts: list[str], value: object, options: FieldOptions) -> list[Slot]:
    make: object = MISSING
    if options.create:
        make = type(value)() if isinstance(value, dict | list) else FRESH
    try:
        return matched((root, ""), parts, make)
    except BuildError:
        return []


def _write(slot: Slot, value: object, options: FieldOptions, writer: Writer) -> bool:
    """Whether the value fits; where it does not, a Misfit is left."""
    holder, where = slot
    entries = cast("dict[object, object]", holder)
    old = entries[where]
    try:
        writer.write(slot, value, options)
    except BuildError:
        if isinstance(old, dict | list) or is_null(old):
            return False
        entries[where] = Misfit(str(value), old)
        return False
    return True


def _as_json(value: object, old: str) -> str:
    """Sorted keys; in lines, with two blanks a level, if the old text was."""
    if "\n" in old and "  " in old:
        text = json.dumps(plain(value), indent=2, sort_keys=True, ensure_ascii=False)
        return html_safe(text)
    return go_json(plain(value))
