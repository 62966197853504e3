"""A process ends in good order before its container runs out of memory (Flux's gate OOMWatch)."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from helm_controller.memory_watch import MemoryFiles, MemoryWatch, memory_files
from helm_controller.problem import HelmError
from helm_controller.settings import HelmSettings
from shared.problem import Problem
from tests.fake.clock import ManualClock

MIB = 2**20


class Filling(ManualClock):
    """A clock at whose every tick one MiB more is used."""

    def __init__(self, used: Path) -> None:
        super().__init__()
        self.used = used

    async def sleep(self, duration: timedelta) -> None:
        before = self.used.read_text().strip()
        self.used.write_text(f"{int(before) + MIB}\n" if before.isdigit() else f"{90 * MIB}\n")
        await super().sleep(duration)


def container(folder: Path, used: str, most: str = f"{100 * MIB}\n") -> MemoryFiles:
    (folder / "memory.max").write_text(most)
    (folder / "memory.current").write_text(used)
    return memory_files(folder, "", "")


async def ending(files: MemoryFiles, threshold: int = 95) -> tuple[str, float]:
    """What a watch ends with, and after how many seconds."""
    clock = Filling(files.used)
    with pytest.raises(HelmError) as ended:
        await MemoryWatch(files, threshold, timedelta(milliseconds=500), clock).run()
    return str(ended.value), clock.monotonic()


async def test_it_ends_at_the_threshold_and_not_before(tmp_path: Path):
    said, after = await ending(container(tmp_path, f"{90 * MIB}\n"))

    assert "95 MiB of 100 MiB" in said
    assert "--oom-watch-memory-threshold" in said
    assert after == 2.5


async def test_a_moment_in_which_the_use_cannot_be_read_is_passed_over(tmp_path: Path):
    said, after = await ending(container(tmp_path, ""))

    assert "95 MiB" in said
    assert after == 3.0


async def test_a_container_without_a_limit_is_told_at_once(tmp_path: Path):
    said, after = await ending(container(tmp_path, "1", most="max\n"))

    assert "names no limit" in said
    assert "OOMWatch" in said
    assert after == 0


def test_control_groups_of_the_first_form_are_known(tmp_path: Path):
    (tmp_path / "memory").mkdir()
    for name in ("limit_in_bytes", "usage_in_bytes"):
        (tmp_path / f"memory/memory.{name}").write_text("1")

    files = memory_files(tmp_path, "", "")

    assert files.most.name == "memory.limit_in_bytes"
    assert files.used.name == "memory.usage_in_bytes"


def test_files_that_are_named_are_those_and_no_others(tmp_path: Path):
    named = tmp_path / "most"
    named.write_text("1")
    container(tmp_path, "1")

    assert memory_files(tmp_path, str(named), "").most == named
    with pytest.raises(HelmError, match="--oom-watch-current-memory-path: there is no file /none"):
        memory_files(tmp_path, "", "/none")


@pytest.mark.parametrize(
    ("flags", "message"),
    [
        ({"oom_watch_memory_threshold": 0}, "threshold"),
        ({"oom_watch_memory_threshold": 101}, "threshold"),
        ({"oom_watch_interval": timedelta(milliseconds=49)}, "interval"),
        ({"snapshot_digest_algo": "md5"}, "md5"),
        ({"feature_gates": "OOMwatch=true"}, "OOMwatch"),
    ],
)
def test_flags_that_cannot_be_are_refused_at_the_start(flags: dict[str, object], message: str):
    with pytest.raises(Problem, match=message):
        HelmSettings(**flags).check()  # type: ignore[arg-type]
