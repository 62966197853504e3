from __future__ import annotations

import json
from pathlib import Path

import pytest

from shared.operation.ownership import changes_hands

CASES = json.loads((Path(__file__).parents[2] / "data/operation/ownership.json").read_text())


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_whether_fields_change_hands(case) -> None:
    assert changes_hands(case["live"], case["before"], case["after"]) == case["expect"]
