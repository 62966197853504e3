"""Every attack, accident and crash point that Kustomizations have to stand has a test that shows it
(tests/data/kustomize_controller/cases.yaml)."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path

import pytest
import yaml

TESTS = Path(__file__).parents[1]
CASES: dict[str, list[str]] = yaml.safe_load(
    (TESTS / "data/kustomize_controller/cases.yaml").read_text()
)
REFERENCE = TESTS.parents[1] / "shared/reference/reliability-security.md"
OURS = ("2.2 ", "2.3 ", "2.4 ", "2.5 ", "2.10 ", "2.11 ")
"""The sections about builds, YAML, substitution, SOPS, tenancy, and apply and prune."""

_SECTION = re.compile(r"^### (?P<title>.+?)$(?P<text>.*?)(?=^##)", re.MULTILINE | re.DOTALL)
_URGENT = re.compile(r"^\| ([A-Z]-[0-9]+) \| P0 \|", re.MULTILINE)


@pytest.mark.parametrize("case", CASES)
def test_a_case_is_shown_by_tests_that_there_are(case: str) -> None:
    named = [one.partition("::") for one in CASES[case]]

    assert named
    assert [f"{file}::{name}" for file, _, name in named if name not in named_in(file)] == []


def test_no_urgent_case_is_left_out() -> None:
    if not REFERENCE.exists():
        pytest.skip(f"the list of cases is not at {REFERENCE.name}: only what is listed is checked")
    sections = _SECTION.finditer(REFERENCE.read_text())
    urgent = {
        case
        for section in sections
        if section["title"].startswith(OURS)
        for case in _URGENT.findall(section["text"])
    }

    assert len(urgent) > 40
    assert urgent - CASES.keys() == set()


@cache
def named_in(file: str) -> frozenset[str]:
    """The names of the tests in a file; none where there is no such file."""
    path = TESTS / file
    if not path.exists():
        return frozenset()
    tree = ast.parse(path.read_text())
    functions = (ast.FunctionDef, ast.AsyncFunctionDef)
    return frozenset(node.name for node in tree.body if isinstance(node, functions))
