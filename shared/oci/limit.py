"""The most that is taken from a registry."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

KIB = 1024
MIB = 1024 * KIB


@dataclass(frozen=True, slots=True)
class Limits:
    """Bytes, and numbers of things. `manifest`: as the specification lets registries refuse larger
    ones. `pages`, `tags`: of a listing. `layers`: of one manifest, and of an index. `tries`: of one
    question while the registry is busy; `pause`: the longest wait between two of them. `silence`:
    how long nothing may come."""

    manifest: int = 4 * MIB
    blob: int = 512 * MIB
    listing: int = 8 * MIB
    token: int = 256 * KIB
    pages: int = 1_000
    tags: int = 100_000
    layers: int = 1_000
    tries: int = 3
    pause: timedelta = timedelta(seconds=10)
    silence: timedelta = timedelta(seconds=30)
