"""What can be said of an object's readiness, and the fields that it is told from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, overload

from shared.manifest.identity import Manifest, section, text

State = Literal["Current", "InProgress", "Failed", "Terminating", "NotFound", "Unknown"]


@dataclass(frozen=True, slots=True)
class Readiness:
    """How an object is doing: the state, a sentence for people, and one word for machines."""

    state: State
    message: str
    reason: str = ""


def current(message: str) -> Readiness:
    """The object is where it should be."""
    return Readiness("Current", message)


def in_progress(reason: str, message: str) -> Readiness:
    """The object is on its way."""
    return Readiness("InProgress", message, reason)


def failed(reason: str, message: str) -> Readiness:
    """The object will not get there by itself."""
    return Readiness("Failed", message, reason)


def condition(manifest: Manifest, kind: str) -> Manifest:
    """The condition of type `kind` in the status; an empty one where there is none."""
    listed = section(manifest, "status").get("conditions")
    for found in listed if isinstance(listed, list) else ():
        if isinstance(found, dict) and found.get("type") == kind:
            return found
    return {}


def holds(manifest: Manifest, kind: str) -> bool:
    """Whether the condition of type `kind` is True."""
    return text(condition(manifest, kind), "status") == "True"


@overload
def number(node: Manifest, key: str, default: int) -> int: ...
@overload
def number(node: Manifest, key: str, default: None) -> int | None: ...
def number(node: Manifest, key: str, default: int | None) -> int | None:
    """The whole number below `key`; the default where there is none."""
    found = node.get(key)
    return found if isinstance(found, int) and not isinstance(found, bool) else default
