from __future__ import annotations

import json
from pathlib import Path

import pytest

from source_controller.helm.ignore_file import IgnoreFile
from source_controller.helm.problem import ChartProblem

CASES = json.loads((Path(__file__).parents[2] / "data/source/helm_ignores.json").read_text())


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["rules"])
def test_what_is_no_part_of_a_chart(case):
    if "refused" in case:
        with pytest.raises(ChartProblem, match=case["refused"]):
            IgnoreFile.parse(case["rules"].encode())
        return
    rules = IgnoreFile.parse(case["rules"].encode())

    assert rules.kept([*case["out"], *case["in"]]) == case["in"]


def test_a_file_with_a_byte_order_mark_is_read_without_it():
    assert IgnoreFile.parse(b"\xef\xbb\xbfa").kept(["a", "b"]) == ["b"]


def test_there_can_be_too_many_rules():
    with pytest.raises(ChartProblem, match="more than 1000 rules"):
        IgnoreFile.parse(b"a\n" * 1001)


def test_a_pattern_of_stars_takes_no_long_time():
    rules = IgnoreFile.parse(b"*a" * 1000 + b"b")

    assert rules.kept(["a" * 5000]) == ["a" * 5000]


def test_many_rules_for_many_files_are_refused():
    rules = IgnoreFile.parse(b"".join(b"x%d\n" % number for number in range(999)))

    with pytest.raises(ChartProblem, match="too many rules for so many files"):
        rules.kept([str(number) for number in range(5_001)])
