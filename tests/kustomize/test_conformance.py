"""Every build that was recorded from the real kustomize, and a list of those that are still open.

A record outside of `tests/data/kustomize/open.json` must pass; one that is listed must not.
"""

from __future__ import annotations

import json

import pytest

from kustomize.problem import BuildError
from shared.manifest.document import DocumentError
from tests.kustomize.conformance import (
    FOLDER,
    MISSING,
    ROOT,
    Record,
    built,
    records,
    shared_words,
)

SETS = ("krusty", "plugins", "filters", "examples", "probes")
OPEN = {
    entry["id"]: entry["reason"]
    for entry in json.loads((ROOT / "tests/data/kustomize/open.json").read_text())
}
RECORDS = list(records(*SETS))

pytestmark = pytest.mark.skipif(not FOLDER.exists(), reason=MISSING)


def passes(record: Record) -> bool:
    wanted = record["expect"]
    try:
        got = built(record)
    except (BuildError, DocumentError) as error:
        return "error" in wanted and shared_words(wanted["error"], str(error)) >= 0.5
    return wanted.get("yaml") == got


@pytest.mark.parametrize("record", RECORDS, ids=lambda record: record["id"])
def test_a_build_is_what_kustomize_makes_of_it(record: Record) -> None:
    expected = record["id"] not in OPEN

    assert passes(record) is expected, OPEN.get(record["id"], "")


def test_only_records_that_exist_are_open() -> None:
    assert OPEN.keys() <= {record["id"] for record in RECORDS}
