"""Ending this process before the kernel does, when the memory of its container runs out.

Flux's gate `OOMWatch` (its internal/oomwatch): the kernel would kill in the middle of a write; an
orderly end lets go of the Lease, and what was begun is found and gone on with.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import structlog

from helm_controller.feature import features
from helm_controller.problem import HelmError
from helm_controller.settings import HelmSettings
from shared.reconcile.clock import Clock

CGROUP = Path("/sys/fs/cgroup")
"""Where the kernel tells what this container may use."""

log: structlog.stdlib.BoundLogger = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class MemoryFiles:
    """Where the kernel tells of the memory of a container: `most`, and what is used, both files
    with a number of bytes."""

    most: Path
    used: Path


@dataclass(frozen=True, slots=True)
class MemoryWatch:
    """Looks at the memory of the container. `threshold`: per cent of it that may be used."""

    files: MemoryFiles
    threshold: int
    interval: timedelta
    clock: Clock

    async def run(self) -> None:
        """Look until there is too little left. Raises HelmError then, and where the kernel names no
        limit."""
        most = await asyncio.to_thread(_limit, self.files.most)
        while True:
            used = await asyncio.to_thread(_used, self.files.used)
            if used * 100 >= most * self.threshold:
                raise HelmError(
                    "limit",
                    f"{_mebibytes(used)} of {_mebibytes(most)} of memory are used, which is "
                    f"{self.threshold}% or more (--oom-watch-memory-threshold): this process ends "
                    "before the kernel ends it; give it more memory",
                )
            await self.clock.sleep(self.interval)


def watches(settings: HelmSettings, clock: Clock) -> Sequence[MemoryWatch]:
    """What ends this process in time, where that is asked for. Raises HelmError where there is
    nothing to look at."""
    if not features(settings.feature_gates).memory:
        return ()
    files = memory_files(
        CGROUP, settings.oom_watch_max_memory_path, settings.oom_watch_current_memory_path
    )
    threshold, interval = settings.oom_watch_memory_threshold, settings.oom_watch_interval
    return (MemoryWatch(files, threshold, interval, clock),)


def memory_files(cgroup: Path, most: str, used: str) -> MemoryFiles:
    """The files to look at: those that are named, or else those of the second or the first form of
    control groups below `cgroup`. Raises HelmError where there are none."""
    return MemoryFiles(
        _found("max", most, cgroup / "memory.max", cgroup / "memory/memory.limit_in_bytes"),
        _found("current", used, cgroup / "memory.current", cgroup / "memory/memory.usage_in_bytes"),
    )


def _found(what: str, named: str, *usual: Path) -> Path:
    places = (Path(named),) if named else usual
    for path in places:
        if path.exists():
            return path
    looked = " and ".join(map(str, places))
    raise HelmError("limit", f"--oom-watch-{what}-memory-path: there is no file {looked}")


def _limit(path: Path) -> int:
    """The most memory there may be. Raises HelmError where there is no limit to it."""
    try:
        return int(path.read_text())
    except (OSError, ValueError) as error:
        raise HelmError(
            "limit",
            f"{path} names no limit to watch: give the container one, or leave the feature gate "
            f"OOMWatch off ({error})",
        ) from error


def _used(path: Path) -> int:
    """The memory that is used; none where that cannot be read just now."""
    try:
        return int(path.read_text())
    except (OSError, ValueError) as error:
        log.warning("memory.unknown", file=str(path), error=str(error))
        return 0


def _mebibytes(size: int) -> str:
    return f"{size / 2**20:.0f} MiB"
