"""Every attack and accident that sources have to stand has a test that shows it
(tests/data/source/cases.yaml)."""

from __future__ import annotations

import pytest

from tests.fake import attack_cases

CASES = attack_cases.table("source/cases.yaml")
OURS = ("2.1", "2.7", "2.8")
"""The sections about archives, Git, and registries, transport and signatures."""
SHARED = ("2.6", "2.10", "2.12")
"""The sections about secrets, tenancy and Helm, of which these are about something else:"""
ELSEWHERE = {
    "L-03": "objects that are applied",
    "L-04": "differences of objects that are applied",
    "N-03": "acting as an account, which no source does",
    "N-04": "rights to what is applied",
    "N-05": "objects that are applied",
    "N-06": "kubeconfigs, which no source has",
    "H-02": "templates",
    "H-03": "templates",
    "H-04": "templates",
    "H-05": "templates",
    "H-06": "values of a release",
    "H-08": "records of releases",
    "H-09": "records of releases",
    "H-10": "hooks of releases",
}


@pytest.mark.parametrize("case", CASES)
def test_a_case_is_shown_by_tests_that_there_are(case: str) -> None:
    assert CASES[case]
    assert attack_cases.missing(CASES[case]) == []


def test_no_urgent_case_is_left_out() -> None:
    urgent = attack_cases.urgent(*OURS, *SHARED)

    assert len(urgent) > 35
    assert urgent - CASES.keys() == ELSEWHERE.keys()
