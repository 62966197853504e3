"""JSON patches, carried out and refused."""

from __future__ import annotations

import pytest

from apiserver import json_patch
from apiserver.refusal import Refusal
from tests.apiserver.tables import rows


@pytest.mark.parametrize("row", rows("json_patch"), ids=lambda row: row["name"])
def test_a_patch_is_carried_out(row):
    if "code" in row:
        with pytest.raises(Refusal) as refusal:
            json_patch.apply(row["document"], row["patch"])
        assert refusal.value.code == row["code"]
        return

    assert json_patch.apply(row["document"], row["patch"]) == row["result"]


def test_a_patch_has_no_more_than_ten_thousand_operations():
    patch = [{"op": "test", "path": "/a", "value": 1}] * 10_001

    with pytest.raises(Refusal) as refusal:
        json_patch.apply({"a": 1}, patch)

    assert refusal.value.code == 413
