from __future__ import annotations

import json
from pathlib import Path

import pytest

from shared.artifact.retention import Kept, Retention, garbage

CASES = json.loads((Path(__file__).parents[2] / "data/artifact/retention.json").read_text())
NOW = 1_000_000.0


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_which_files_may_go(case):
    files = [Kept(NOW - age, name) for name, age in case["files"].items()]

    assert garbage(files, case["current"], Retention(), NOW) == case["expect"]
