from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
import yaml

from helm_controller.legacy_readiness import legacy_readiness

TABLE = Path(__file__).parents[1] / "data/helm_controller/legacy_readiness.yaml"
ROWS = yaml.safe_load(TABLE.read_text())
NOW = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize("row", [pytest.param(row, id=row["case"]) for row in ROWS])
def test_an_object_is_judged_as_by_helm_3(row):
    api_version, kind = row["kind"].split()
    manifest = {"apiVersion": api_version, "kind": kind, "metadata": {}, **row["body"]}

    found = legacy_readiness(manifest, NOW, jobs=row.get("jobs", True))

    assert found.state == ("InProgress" if "why" in row else "Current")
    if "why" in row:
        assert row["why"] in found.message


def test_a_job_that_has_failed_too_often_has_failed():
    job = {
        "apiVersion": "batch/v1",
        "kind": "Job",
        "spec": {"backoffLimit": 1},
        "status": {"failed": 2},
    }

    assert legacy_readiness(job, NOW, jobs=True).state == "Failed"
