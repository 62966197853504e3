"""Every attack, accident and crash point that Kustomizations have to stand has a test that shows it
(tests/data/kustomize_controller/cases.yaml)."""

from __future__ import annotations

import pytest

from tests.fake import attack_cases

CASES = attack_cases.table("kustomize_controller/cases.yaml")
OURS = ("2.2", "2.3", "2.4", "2.5", "2.10", "2.11")
"""The sections about builds, YAML, substitution, SOPS, tenancy, and apply and prune."""


@pytest.mark.parametrize("case", CASES)
def test_a_case_is_shown_by_tests_that_there_are(case: str) -> None:
    assert CASES[case]
    assert attack_cases.missing(CASES[case]) == []


def test_no_urgent_case_is_left_out() -> None:
    urgent = attack_cases.urgent(*OURS)

    assert len(urgent) > 40
    assert urgent - CASES.keys() == set()
