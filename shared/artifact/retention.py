"""Which stored files may go. Pure.

As Flux (flux.md 1.8): what is older than the time to live, except the file on offer; then the
oldest until no more than a number of files is left, the one on offer among them.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True, slots=True)
class Retention:
    """How long files are kept after another took their place, and how many at most."""

    ttl: timedelta = timedelta(seconds=60)
    records: int = 2


@dataclass(frozen=True, slots=True, order=True)
class Kept:
    """A stored file: when it was stored (seconds), and its name."""

    stored: float
    name: str


def garbage(files: Iterable[Kept], current: str, retention: Retention, now: float) -> list[str]:
    """The names of the files that may go, oldest first. `current` never does."""
    oldest_first = sorted(files)
    ttl = retention.ttl.total_seconds()
    old = [f.name for f in oldest_first if f.name != current and now - f.stored > ttl]
    rest = [f.name for f in oldest_first if f.name not in set(old)]
    surplus = max(len(rest) - retention.records, 0)
    spare = [name for name in rest if name != current]
    return old + spare[:surplus]
