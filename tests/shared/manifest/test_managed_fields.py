from __future__ import annotations

import copy
from pathlib import Path

import pytest
import yaml

from shared.manifest.managed_fields import entries_of, entry_of, has_claims, taken_over

CASES = yaml.safe_load(
    (Path(__file__).parents[2] / "data/manifest/managed_fields.yaml").read_text()
)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_who_owns_what_after_we_have_taken_over(case) -> None:
    claims = {tuple(claim) for claim in case["claims"]}
    given = copy.deepcopy(case["given"])

    entries = taken_over(given, claims, "us")

    assert entries == case["expect"]
    assert given == case["given"]
    manifest = {"metadata": {"managedFields": case["given"]}}
    assert has_claims(manifest, claims) == (case["expect"] != case["given"])


def test_our_entry_is_that_of_our_applies() -> None:
    applied = {"manager": "us", "operation": "Apply"}
    manifest = {
        "metadata": {
            "managedFields": [
                {"manager": "us", "operation": "Update"},
                {"manager": "us", "operation": "Apply", "subresource": "status"},
                applied,
            ]
        }
    }

    assert entry_of(manifest, "us") is applied
    assert entry_of(manifest, "them") is None
    assert entries_of({}) == []
