"""What the scenario with a real API server commits, and how processes are looked at."""

from __future__ import annotations

import os
from pathlib import Path

from benchmarks.controllers import Processes
from benchmarks.kustomization import objects
from kustomize.build import build
from shared.manifest.tree import Tree


def built(files: dict[str, str]) -> list[object]:
    manifests = build(Tree({path: text.encode() for path, text in files.items()}), "").manifests
    return [manifest["data"] for manifest in manifests]


def test_as_many_objects_as_were_asked_for_say_something_new() -> None:
    assert built(objects(3)) == [{"is": "old"}] * 3
    assert built(objects(3, changed=1)) == [{"is": "new"}, {"is": "old"}, {"is": "old"}]


def test_processes_are_seen_from_outside(tmp_path: Path) -> None:
    log = tmp_path / "log"
    log.write_text("what it said last")
    processes = Processes((os.getpid(),), (log,))

    assert 0 < processes.cpu() < 10_000
    assert processes.peak() > 5_000_000
    assert processes.last_words() == "what it said last"
