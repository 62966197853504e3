"""Room for mirrors: which of them belong together, and which have to go for the others to fit.

Blocking, and for many threads.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Collection, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

GIB = 1024 * 1024 * 1024
MOST = 16 * GIB
"""Bytes of all mirrors together, unless somebody says otherwise."""

_INNER = "penstock-submodules"


@dataclass(slots=True)
class Room:
    """The directory that mirrors are in, each below its key. `most`: bytes of all together."""

    root: Path
    most: int = MOST
    _sizes: dict[str, int] | None = None
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def note(self, key: str) -> list[str]:
        """A mirror was used just now. The keys of those that have to go, those first that nobody
        used for the longest time; never this one."""
        with self._lock:
            sizes = self._sizes = self._found() if self._sizes is None else self._sizes
            # The one that was used last is the last one.
            sizes.pop(key, None)
            sizes[key] = size_of(self.root / key)
            with suppress(OSError):
                os.utime(self.root / key)
            return list(_surplus(sizes, self.most, key))

    def touch(self, key: str) -> bool:
        """A mirror was relied on just now as it is. False where it is not there."""
        with self._lock:
            if self._sizes and key in self._sizes:
                self._sizes[key] = self._sizes.pop(key)
            try:
                os.utime(self.root / key)
            except OSError:
                return False
            return True

    def forget(self, key: str) -> None:
        """A mirror is gone."""
        with self._lock:
            if self._sizes:
                self._sizes.pop(key, None)

    def relate(self, key: str, inner: Collection[str]) -> None:
        """Remember which mirrors a commit of one needs beside its own: those of its submodules."""
        file = self.root / key / _INNER
        with suppress(OSError):
            if inner or file.exists():
                file.write_text("".join(f"{one}\n" for one in sorted(inner)))

    def related(self, keys: Collection[str]) -> set[str]:
        """Mirrors, with those that they need beside them."""
        found: set[str] = set(keys)
        for key in keys:
            with suppress(OSError):
                found.update((self.root / key / _INNER).read_text().split())
        return found

    def _found(self) -> dict[str, int]:
        """The mirrors that an earlier process left, the one that was used last at the end."""
        there = sorted(self.root.glob("*"), key=_last_used)
        return {path.name: size_of(path) for path in there}


def _surplus(sizes: Mapping[str, int], most: int, kept: str) -> Iterator[str]:
    total = sum(sizes.values())
    for key, size in sizes.items():
        if total <= most:
            return
        if key != kept:
            total -= size
            yield key


def size_of(directory: Path) -> int:
    """The bytes of all files below a directory; nothing where it is not there."""
    total = 0
    for path, _, names in os.walk(directory):
        for name in names:
            with suppress(OSError):
                total += os.lstat(f"{path}/{name}").st_size
    return total


def _last_used(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except OSError:
        return 0
