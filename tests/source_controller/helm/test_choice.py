from __future__ import annotations

import json
from pathlib import Path

import pytest

from source_controller.helm.choice import chosen, chosen_tag, is_exact
from source_controller.helm.index import ChartVersion
from source_controller.helm.problem import NoSuchChart

CASES = json.loads((Path(__file__).parents[2] / "data/source/helm_choices.json").read_text())


def version(text: str) -> ChartVersion:
    """`1.0.0@2`: made on the second of January."""
    number, _, day = text.partition("@")
    return ChartVersion("web", number, created=f"2026-01-0{day or 1}T00:00:00Z")


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_the_version_that_is_meant(case):
    versions = [version(text) for text in case["of"]]
    if case["found"] is None:
        with pytest.raises(NoSuchChart):
            chosen(versions, "web", case["wanted"])
    else:
        assert chosen(versions, "web", case["wanted"]).version == case["found"]


@pytest.mark.parametrize(("versions", "why"), [(None, "no chart name"), ((), "no chart version")])
def test_a_chart_that_is_not_there(versions, why):
    with pytest.raises(NoSuchChart, match=why):
        chosen(versions, "web", "*")


@pytest.mark.parametrize(
    ("tags", "wanted", "found"),
    [
        (["1.0.0", "latest", "2.0.0"], "*", "2.0.0"),
        (["1.0.0_b", "1.0.0_a"], "1.0.0+a", "1.0.0+a"),
        (["1.0.0_b"], "1.x", "1.0.0+b"),
        (["stable"], "stable", "stable"),
    ],
)
def test_a_tag_stands_for_a_version(tags, wanted, found):
    assert chosen_tag(tags, wanted) == found


def test_a_tag_that_no_version_fits():
    with pytest.raises(NoSuchChart, match="could not locate"):
        chosen_tag(["latest"], "1.x")


@pytest.mark.parametrize(
    ("wanted", "exact"), [("1.0.0", True), ("v1.0.0-rc.1+x", True), ("1.0", False), ("*", False)]
)
def test_one_version_is_no_range(wanted, exact):
    assert is_exact(wanted) is exact
