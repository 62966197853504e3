"""What the simulation is asked to do with an object, by an annotation on it.

`apiserver.penstock.dev/simulate` says on a workload or a pod (of a workload it counts for all its
pods, whatever is between), on a volume claim, or on a Service with a load balancer:

- `pending`: it waits for a place, for ever.
- `failed`: its containers end with an error, and again; the pods of a Job fail.
- `slow=10s`: it takes that long until it is ready.
- `ready`: it is ready at once.

The annotation may come, change and go while the object lives. Without it goes what the server was
told for all (`--simulate`): unless that says otherwise, things become ready at once.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from apiserver.value import Object, text

SIMULATE = "apiserver.penstock.dev/simulate"
_UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0}
_LENGTH = re.compile(r"(\d+(?:\.\d+)?)(ms|s|m|h)")


@dataclass(frozen=True, slots=True)
class Fate:
    """How it goes, and after how many seconds."""

    outcome: Literal["ready", "pending", "failed"] = "ready"
    delay: float = 0.0


READY = Fate()
_WORDS = "ready, pending, failed, slow=10s"
PENDING = Fate("pending")
FAILED = Fate("failed")


def wish(content: Object) -> str:
    """What the annotation says; empty where there is none."""
    return text(content, "metadata", "annotations", SIMULATE)


def fate_of(word: str) -> Fate | None:
    """The fate that a word of the annotation means; None where it means nothing."""
    match word.partition("="):
        case ("ready", "", ""):
            return READY
        case ("pending", "", ""):
            return PENDING
        case ("failed", "", ""):
            return FAILED
        case ("slow", "=", length):
            seconds = _seconds(length)
            return None if seconds is None else Fate(delay=seconds)
        case _:
            return None


class FateError(ValueError):
    """A word that means no fate; the message says which do."""


def fate_for_all(word: str) -> Fate | None:
    """The fate of everything that says nothing of its own; None for `none`: nothing becomes ready,
    or fails, by itself. Raises FateError."""
    found = fate_of(word)
    if found is None and word != "none":
        raise FateError(f'"{word}" is none of {_WORDS}, none')
    return found


def _seconds(length: str) -> float | None:
    """`1m30s` → 90."""
    if not re.fullmatch(rf"(?:{_LENGTH.pattern})+", length):
        return None
    return sum(float(number) * _UNITS[unit] for number, unit in _LENGTH.findall(length))


def warning(content: Object) -> list[str]:
    """The warning about a word that means nothing."""
    word = wish(content)
    if not word or fate_of(word):
        return []
    return [f'metadata.annotations[{SIMULATE}]: "{word}" is none of {_WORDS}']
