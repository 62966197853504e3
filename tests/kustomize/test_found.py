"""What random builds beside the real kustomize brought to light: a file for each finding."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from kustomize.build import BuildError, build
from shared.manifest.document import dump
from shared.manifest.tree import Tree
from tests.kustomize.binary import answer, written
from tests.kustomize.conformance import ROOT, Record
from tests.peers import peer

CASES = [
    json.loads(path.read_text())
    for path in sorted((ROOT / "tests/data/kustomize/found").glob("*.json"))
]


def tree(case: Record) -> Tree:
    return Tree({path: text.encode() for path, text in case["files"].items()})


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_a_finding_stays_settled(case: Record) -> None:
    directory = case.get("directory", "")
    if "error" in case:
        with pytest.raises(BuildError, match=case["error"]):
            build(tree(case), directory)
    else:
        assert dump(build(tree(case), directory).manifests).decode() == case["yaml"]


@pytest.mark.slow
@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_the_binary_says_the_same(case: Record, tmp_path: Path) -> None:
    written(tree(case), tmp_path)

    found = answer(peer("kustomize"), tmp_path / case.get("directory", ""))

    assert (found.yaml or b"").decode() == case.get("yaml", "")
    assert case.get("error", "") in found.error
