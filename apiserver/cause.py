"""Causes of a 422, in the words of the real server."""

from __future__ import annotations

from apiserver.refusal import Cause
from apiserver.value import Object, at, encode, same


def required(path: str, detail: str = "") -> Cause:
    """A field that must be there."""
    return Cause(path, "FieldValueRequired", "Required value" + (f": {detail}" if detail else ""))


def invalid(path: str, value: object, why: str) -> Cause:
    """A value that breaks a rule."""
    return Cause(path, "FieldValueInvalid", f"Invalid value: {encode(value).decode()}: {why}")


def forbidden(path: str, why: str) -> Cause:
    """Something that may not be there, or may not change."""
    return Cause(path, "FieldValueForbidden", f"Forbidden: {why}")


def unsupported(path: str, value: object, choices: tuple[str, ...]) -> Cause:
    """A word that is none of those allowed."""
    told = ", ".join(f'"{each}"' for each in choices)
    message = f"Unsupported value: {encode(value).decode()}: supported values: {told}"
    return Cause(path, "FieldValueNotSupported", message)


def not_found(path: str, value: object) -> Cause:
    """A name of something that is not there."""
    return Cause(path, "FieldValueNotFound", f"Not found: {encode(value).decode()}")


def duplicate(path: str, value: object) -> Cause:
    """A name that occurs twice."""
    message = f"Duplicate value: {encode(value).decode()}"
    return Cause(path, "FieldValueDuplicate", message)


def immutable(new: Object, old: Object | None, *paths: str) -> list[Cause]:
    """A cause for each of the dotted paths that differs from the live object."""
    if old is None:
        return []
    found = []
    for path in paths:
        value = at(new, *path.split("."))
        if not same(value, at(old, *path.split("."))):
            found.append(invalid(path, value, "field is immutable"))
    return found


def at_least(path: str, value: object, least: int = 0) -> list[Cause]:
    """A cause where a number is there and too small."""
    if not isinstance(value, int) or value >= least:
        return []
    return [invalid(path, value, f"must be greater than or equal to {least}")]
