"""Whether a custom resource is what its schema says; told in the real server's words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import cast

import orjson

from apiserver import format_check, keyword_check
from apiserver.refusal import Cause
from apiserver.schema import Node
from apiserver.value import Object, elements, objects, section, strings, text

Source = Mapping[str, object]
_NOWHERE = "<nil>"
"""The field that the real server names where schemas are combined."""

MOST_CAUSES = 50
"""Nobody reads more; a hostile object could have a million."""


def faults(content: Object, node: Node) -> list[Cause]:
    """What is wrong with an object, at most 50 things."""
    found: list[Cause] = []
    for name, below in sorted(node.fields.items()):
        if name in content and name not in ("apiVersion", "kind", "metadata"):
            for cause in check(content[name], below.source, name):
                found.append(cause)
                if len(found) >= MOST_CAUSES:
                    return found
    return found + list(_required(content, node.source, ""))


def check(value: object, source: Source, path: str) -> Iterator[Cause]:
    """What is wrong with one value under a part of a schema."""
    if value is None and (source.get("nullable") is True or not source):
        return
    if wrong := _type_fault(value, source, path):
        yield wrong
        return
    yield from keyword_check.faults(value, source, path)
    if isinstance(value, dict):
        yield from _check_map(cast("Object", value), source, path)
    elif isinstance(value, list):
        items = section(source, "items")
        for index, item in enumerate(value):
            yield from check(item, items, f"{path}[{index}]")
        yield from _duplicates(value, source, path)
    yield from _combinations(value, source, path)


def invalid(path: str, shown: object, why: str) -> Cause:
    """The cause for an invalid value."""
    told = orjson.dumps(shown).decode()
    return Cause(path, "FieldValueInvalid", f"Invalid value: {told}: {why}")


_TYPES: Mapping[str, tuple[type, ...]] = {
    "string": (str,),
    "integer": (int,),
    "number": (int, float),
    "boolean": (bool,),
    "array": (list,),
    "object": (dict,),
}


def _type_fault(value: object, source: Source, path: str) -> Cause | None:
    if source.get("x-kubernetes-int-or-string") is True:
        wanted, fits = "integer,string", isinstance(value, int | str)
    else:
        wanted = text(source, "type")
        fits = not wanted or isinstance(value, _TYPES.get(wanted, ()))
        if wanted == "integer" and isinstance(value, float):
            fits = value.is_integer()
        if wanted == "integer" and text(source, "format") == "int32" and isinstance(value, int):
            fits = fits and -(2**31) <= value < 2**31
    if isinstance(value, bool) and wanted not in ("", "boolean"):
        fits = False
    if fits:
        return _format_fault(value, source, path)
    told = f'{path} in body must be of type {wanted}: "{_word(value)}"'
    return Cause(path, "FieldValueTypeInvalid", f'Invalid value: "{_word(value)}": {told}')


def _format_fault(value: object, source: Source, path: str) -> Cause | None:
    name = text(source, "format")
    if not name or not isinstance(value, str) or format_check.fits(value, name):
        return None
    shown = orjson.dumps(value).decode()
    told = f"Invalid value: {shown}: {path} in body must be of type {name}: {shown}"
    return Cause(path, "FieldValueTypeInvalid", told)


def _word(value: object) -> str:
    if value is None:
        return "null"
    names = {bool: "boolean", int: "integer", float: "number", str: "string", list: "array"}
    return names.get(type(value), "object")


def _required(value: Object, source: Source, path: str) -> Iterator[Cause]:
    for name in strings(source, "required"):
        if name not in value:
            below = f"{path}.{name}" if path else name
            yield Cause(below, "FieldValueRequired", "Required value")


def _check_map(value: Object, source: Source, path: str) -> Iterator[Cause]:
    properties = section(source, "properties")
    more = section(source, "additionalProperties")
    for name, below in sorted(value.items()):
        declared = properties.get(name, more)
        if isinstance(declared, dict) and declared:
            yield from check(below, cast("Source", declared), f"{path}.{name}")
    yield from _required(value, source, path)


def _duplicates(value: list[object], source: Source, path: str) -> Iterator[Cause]:
    kind = text(source, "x-kubernetes-list-type")
    keys = strings(source, "x-kubernetes-list-map-keys")
    seen: dict[bytes, int] = {}
    for index, item in enumerate(value):
        mark: object = item
        if kind == "map" and not isinstance(item, dict):
            why = "must be an object for an array of list-type map"
            yield invalid(f"{path}[{index}]", item, why)
            continue
        if kind == "map" and isinstance(item, dict):
            mark = {key: item[key] for key in keys if key in item}
        elif kind != "set":
            return
        data = orjson.dumps(mark, option=orjson.OPT_SORT_KEYS)
        seen[data] = seen.get(data, 0) + 1
        # What is there a third time is not told again.
        if seen[data] == 2:
            told = f"Duplicate value: {data.decode()}"
            yield Cause(f"{path}[{index}]", "FieldValueDuplicate", told)


def _combinations(value: object, source: Source, path: str) -> Iterator[Cause]:
    for each in objects(source, "allOf"):
        yield from check(value, each, path)
    if elements(source, "anyOf") and not any(_fits(value, source, "anyOf", path)):
        yield invalid(_NOWHERE, "", f'"{path}" must validate at least one schema (anyOf)')
    if elements(source, "oneOf"):
        fitting = sum(_fits(value, source, "oneOf", path))
        if fitting != 1:
            found = "Found none valid" if not fitting else f"Found {fitting} valid alternatives"
            why = f'"{path}" must validate one and only one schema (oneOf). {found}'
            yield invalid(_NOWHERE, "", why)
    if isinstance(source.get("not"), dict) and not any(check(value, section(source, "not"), path)):
        yield invalid(_NOWHERE, "", f'"{path}" must not validate the schema (not)')


def _fits(value: object, source: Source, key: str, path: str) -> Iterator[bool]:
    return (not any(check(value, each, path)) for each in objects(source, key))
