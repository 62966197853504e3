from __future__ import annotations

import json
from pathlib import Path

import pytest

from shared.api.git_repository import GitRef
from shared.git.error import ReferenceNotFound
from shared.git.revision import Commit
from shared.reconcile.failure import Stalled
from source_controller.reference import revision_of, wish_of

CASES = json.loads((Path(__file__).parents[1] / "data/source/references.json").read_text())
IDS = {name: name.encode().hex().ljust(40, "0") for name in "mafp12345"}
REFS = {
    "HEAD": IDS["a"],
    "refs/heads/main": IDS["a"],
    "refs/heads/master": IDS["m"],
    "refs/heads/feature/x": IDS["f"],
    "refs/pull/420/head": IDS["p"],
    "refs/tags/v1.0.0": IDS["1"],
    "refs/tags/v1.1.0": IDS["2"],
    "refs/tags/v1.2.0": IDS["3"],
    "refs/tags/v1.2": IDS["5"],
    "refs/tags/v2.0.0-rc.1": IDS["4"],
    "refs/tags/nightly": IDS["5"],
}


def filled(text: str) -> str:
    for name, value in IDS.items():
        text = text.replace(f"{{{name}}}", value)
    return text


def reference(case) -> GitRef:
    return GitRef(**{key: filled(value) for key, value in case["ref"].items()})


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_what_a_reference_means(case):
    ref = reference(case)
    if "never" in case:
        with pytest.raises(Stalled) as refusal:
            wish_of(ref)
        assert refusal.value.message.startswith(case["never"])
        assert refusal.value.message.isprintable()
        return
    wish = wish_of(ref)
    asked = {name: target for name, target in REFS.items() if name.startswith(wish.prefixes)}
    if "absent" in case:
        with pytest.raises(ReferenceNotFound) as absence:
            wish.pick(asked)
        assert str(absence.value) == case["absent"]
        return
    (candidate,) = wish.pick(asked)
    assert candidate.target == IDS[case["commit"]]
    commit = Commit(candidate.target, candidate.reference, "", 0)
    assert revision_of(commit, ref) == filled(case["revision"])


def test_without_a_reference_it_is_the_branch_master():
    (candidate,) = wish_of(None).pick(REFS)

    assert candidate.reference == "refs/heads/master"


def test_versions_that_differ_only_in_build_metadata_are_all_candidates():
    refs = {"refs/tags/1.0.0+a": IDS["1"], "refs/tags/1.0.0+b": IDS["2"], "refs/tags/0.9.0": "x"}

    found = wish_of(GitRef(semver="*")).pick(refs)

    assert {candidate.reference for candidate in found} == {
        "refs/tags/1.0.0+a",
        "refs/tags/1.0.0+b",
    }


@pytest.mark.parametrize("name", ["x" * 300, "x/" * 600 + "x"])
def test_names_are_bounded(name):
    with pytest.raises(Stalled) as refusal:
        wish_of(GitRef(branch=name))

    assert len(refusal.value.message) < 200


def test_many_tags_are_gone_through_in_one_pass():
    refs = {f"refs/tags/v1.{number}.0": f"{number:040}" for number in range(20_000)}

    (candidate,) = wish_of(GitRef(semver=">=0")).pick(refs)

    assert candidate.reference == "refs/tags/v1.19999.0"
