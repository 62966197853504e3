"""Strategic merge patches: the cases are in tests/data/apiserver/strategic.yaml."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import pytest
import yaml

from apiserver.builtin.table import schema_of
from apiserver.refusal import Refusal
from apiserver.strategic_patch import apply

CASES = yaml.safe_load((Path(__file__).parents[1] / "data/apiserver/strategic.yaml").read_text())


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_what_a_patch_makes_of_a_document(case: dict[str, Any]) -> None:
    schema = schema_of("", "v1", "Pod")
    assert schema is not None
    part = case.get("part", "spec")
    live, patch = copy.deepcopy((case["live"], case["patch"]))

    if "refused" in case:
        with pytest.raises(Refusal) as refusal:
            apply(live, patch, schema.root.fields[part])
        assert str(refusal.value) == case["refused"]
        return
    patched = apply(live, patch, schema.root.fields[part])

    assert patched == case["result"]
    assert (live, patch) == (case["live"], case["patch"])


def test_a_document_is_replaced_or_emptied_as_a_whole() -> None:
    schema = schema_of("", "v1", "Pod")
    assert schema is not None

    assert apply({"kind": "Pod"}, {"$patch": "replace", "spec": {}}, schema.root) == {"spec": {}}
    assert apply({"kind": "Pod"}, {"$patch": "delete"}, schema.root) == {}
