"""What an object's own fields say of its readiness, read as strictly as kstatus reads them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import cast

from shared.manifest.identity import Manifest
from shared.problem import Problem


class Unreadable(Problem):
    """An object does not say how it is doing: a field is not of the type that it has to be."""


@dataclass(frozen=True, slots=True)
class Condition:
    """One of `status.conditions`, with an empty text for what it leaves out."""

    kind: str
    status: str
    reason: str
    message: str


def conditions(manifest: Manifest) -> Iterator[Condition]:
    """The conditions in the status, in their order. Raises Unreadable where one cannot be read."""
    listed = _mapping(manifest.get("status"), "status").get("conditions")
    if listed is None:
        return
    if not isinstance(listed, list):
        raise Unreadable("status.conditions is no list")
    for index, entry in enumerate(listed):
        path = f"status.conditions[{index}]"
        fields = _mapping(entry, path)
        said = (_text(fields, key, path) for key in ("type", "status", "reason", "message"))
        yield Condition(*said)


def generation_of(manifest: Manifest, section: str, key: str) -> int | None:
    """A generation, such as `metadata`, `generation`; None where there is none. Raises Unreadable
    where it is no whole number."""
    fields = _mapping(manifest.get(section), section)
    if key not in fields:
        return None
    found = fields[key]
    if not isinstance(found, int) or isinstance(found, bool):
        raise Unreadable(f"{section}.{key} is no whole number")
    return found


def deletion_of(manifest: Manifest) -> str:
    """Since when the object is to go; empty where it is not. Raises Unreadable for no text."""
    fields = _mapping(manifest.get("metadata"), "metadata")
    found = fields.get("deletionTimestamp", "")
    if not isinstance(found, str):
        raise Unreadable("metadata.deletionTimestamp is no text")
    return found


def _mapping(found: object, path: str) -> Manifest:
    if found is None:
        return {}
    if not isinstance(found, dict):
        raise Unreadable(f"{path} is no mapping")
    return cast("Manifest", found)


def _text(fields: Manifest, key: str, path: str) -> str:
    found = fields.get(key)
    if found is None:
        return ""
    if not isinstance(found, str):
        raise Unreadable(f"{path}.{key} is no text")
    return found
