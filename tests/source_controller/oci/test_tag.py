from __future__ import annotations

import re

import pytest

from shared.problem import Problem
from source_controller.oci.tag import CHART_LAYER, NoTag, TagProblem, check_range, choose
from tests.fake.cases import cases


@cases("source/oci_tags.yaml")
def test_a_range_means_a_tag_or_it_is_said_why_not(case):
    asked = case["semver"], case.get("filter", ""), CHART_LAYER if case.get("chart") else ""

    if "is" in case:
        assert choose(case["tags"], *asked) == case["is"]
        assert choose(reversed(case["tags"]), *asked) == case["is"]
        return
    with pytest.raises(Problem, match=re.escape(case["fault"])):
        choose(case["tags"], *asked)


def test_a_range_that_fits_nothing_is_one_all_the_same():
    check_range(">=1", "")
    with pytest.raises(TagProblem):
        check_range("abc", "")
    with pytest.raises(TagProblem):
        check_range("*", "(")
    assert issubclass(NoTag, Problem)
    assert not issubclass(NoTag, TagProblem)
