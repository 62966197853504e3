from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path

import pytest
import yaml

from shared.manifest.identity import ManifestError
from shared.manifest.readiness import absent, health_of, readiness_of

ROOT = Path(__file__).parents[3]
CASES = yaml.safe_load((ROOT / "tests/data/manifest/readiness.yaml").read_text())
RECORDED = ROOT / "tests/data/manifest/kstatus.jsonl"
CONFORMANCE = ROOT.parent / "shared/conformance/kstatus/cases.jsonl"


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_how_an_object_is_doing(case) -> None:
    read = health_of if case.get("as") == "health" else readiness_of
    now = datetime.fromisoformat(case["now"]) if "now" in case else None

    readiness = read(case["manifest"], now)

    assert readiness.state == case["expect"]
    assert case.get("message", readiness.message) == readiness.message


def conformance() -> list[object]:
    if not CONFORMANCE.exists():
        skip = pytest.mark.skip(reason="the cases of kstatus are not beside the checkout")
        return [pytest.param({}, marks=skip)]
    cases = [json.loads(line) for line in CONFORMANCE.read_text().splitlines()]
    return [pytest.param(case, id=case["id"]) for case in cases]


@pytest.mark.parametrize("case", conformance())
def test_kstatus_says_the_same(case) -> None:
    readiness = readiness_of(yaml.safe_load(case["manifest"]))

    assert readiness.state == case["status"]
    assert [readiness.reason] == ([reason for _, _, reason in case["conditions"]] or [""])


def test_kstatus_said_the_same_of_made_up_objects_of_all_kinds() -> None:
    recorded = [json.loads(line) for line in RECORDED.read_text().splitlines()]

    different = [(case, found) for case in recorded if (found := unlike(case))]

    assert different == []


def unlike(case) -> object:
    """What we say other than kstatus; nothing where it is the same. Where kstatus cannot read an
    object, the words are our own."""
    found = readiness_of(case["manifest"])
    said = (found.state, found.message, found.reason)
    message = found.message if case["state"] == "Unknown" else case["message"]
    return said if said != (case["state"], message, case.get("reason", said[2])) else None


def test_what_is_no_object_is_refused() -> None:
    with pytest.raises(ManifestError, match="no apiVersion"):
        readiness_of({"kind": "Pod"})


def test_what_is_not_there_is_not_found() -> None:
    assert absent().state == "NotFound"
