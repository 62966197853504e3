"""How controllers are looked at: as processes, with all that came of them."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from benchmarks.controllers import Processes, Site, running

CHILD = "sum(range(5_000_000)); print('awake', flush=True); kept = b'x' * 30_000_000; input()"
PARENT = f"""
import subprocess, sys
subprocess.Popen([sys.executable, "-c", {CHILD!r}], stdin=subprocess.PIPE).wait()
"""


def wait_for(processes: Processes, word: str, number: int) -> None:
    while word not in processes.logs[number].read_text():
        assert processes.running[-1].poll() is None


@pytest.mark.slow
def test_children_count_and_a_restart_goes_on_counting(tmp_path: Path) -> None:
    site = Site.make(tmp_path / "kubeconfig", tmp_path / "place")
    command = [sys.executable, "-c", PARENT]

    with running([command], site) as processes:
        wait_for(processes, "awake", 0)
        while processes.size() < 30_000_000:
            assert processes.running[-1].poll() is None
        spent = processes.cpu()
        processes.stop()
        assert processes.running == []
        processes.start([command], site)
        wait_for(processes, "awake", 1)
        assert processes.cpu() >= spent > 0
        assert processes.peak() > 30_000_000

    assert "awake" in processes.last_words()


def test_a_place_keeps_its_ports_over_a_restart(tmp_path: Path) -> None:
    site = Site.make(tmp_path / "kubeconfig", tmp_path / "place")

    assert site.storage != site.metrics
    assert f"--storage-path={tmp_path / 'place/storage'}" in site.storage_flags()
    assert f"--storage-adv-addr={site.storage}" in site.storage_flags()
