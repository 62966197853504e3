"""What is packed in the benchmark, and how it is looked at what that takes."""

from __future__ import annotations

import gzip
import sys
from pathlib import Path

import pytest

from benchmarks.controllers import Processes, Site, running
from benchmarks.packing import files, layer
from shared.artifact.archive import read

MEGABYTE = 1_000_000
KEPT = "import signal; kept = b'x' * 30_000_000; print('awake', flush=True); signal.pause()"


def test_files_are_of_one_to_five_megabytes_and_as_large_as_asked_for_in_all():
    sizes = [len(content) for _, content in files(20 * MEGABYTE)]

    assert sizes[:6] == [n * MEGABYTE for n in (1, 2, 3, 4, 5, 1)]
    assert 20 * MEGABYTE <= sum(sizes) < 25 * MEGABYTE


@pytest.mark.slow
def test_the_files_of_the_layer_are_the_same_and_no_packing_makes_them_smaller():
    made = layer(3 * MEGABYTE)

    assert dict(read(made.content)) == dict(files(3 * MEGABYTE))
    assert len(gzip.compress(made.content)) > 3 * MEGABYTE


@pytest.mark.slow
def test_what_a_process_holds_is_without_the_files_that_it_has_mapped(tmp_path: Path):
    large = tmp_path / "large"
    large.write_bytes(bytes(60_000_000))
    mapped = (
        f"import mmap; file = open({str(large)!r}, 'rb'); "
        "all = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ); sum(all[::4096]); "
    )
    command = [sys.executable, "-c", mapped + KEPT]

    with running([command], Site.make(tmp_path / "kubeconfig", tmp_path / "place")) as processes:
        while "awake" not in processes.logs[0].read_text():
            assert processes.running[0].poll() is None

        assert 30_000_000 < processes.own() < 60_000_000 < processes.size()


def test_of_no_process_nothing_is_held():
    assert Processes().own() == 0
