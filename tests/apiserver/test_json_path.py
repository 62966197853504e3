"""What a printer column's path leads to."""

from __future__ import annotations

import pytest

from apiserver.json_path import PathError, find
from tests.apiserver.tables import rows

THING = {
    "a": {"b": [1, 2], "c.d": "x"},
    "conditions": [{"type": "Other", "status": "False"}, {"type": "Ready", "status": "True"}],
}


@pytest.mark.parametrize("row", rows("json_path"), ids=lambda row: row["path"])
def test_a_path_leads_to_values(row):
    if row.get("refused"):
        with pytest.raises(PathError):
            find(THING, row["path"])
        return

    assert find(THING, row["path"]) == row["found"]
