"""Tables of attacks and accidents, by the ids of reliability-security.md, and the tests that show
what comes of each: `file::test`, below tests/."""

from __future__ import annotations

import ast
import re
from collections.abc import Collection
from functools import cache
from pathlib import Path

import pytest
import yaml

TESTS = Path(__file__).parents[1]
REFERENCE = TESTS.parents[1] / "shared/reference/reliability-security.md"

_SECTION = re.compile(r"^### (?P<title>.+?)$(?P<text>.*?)(?=^##)", re.MULTILINE | re.DOTALL)
_URGENT = re.compile(r"^\| ([A-Z]-[0-9]+) \| P0 \|", re.MULTILINE)


def table(path: str) -> dict[str, list[str]]:
    """The tests that show each case, by its id, of a file below tests/data."""
    read: dict[str, list[str]] = yaml.safe_load((TESTS / "data" / path).read_text())
    return read


def missing(tests: Collection[str]) -> list[str]:
    """Those of the tests that there are not."""
    named = [one.partition("::") for one in tests]
    return [f"{file}::{name}" for file, _, name in named if name not in named_in(file)]


def urgent(*sections: str) -> set[str]:
    """The cases that have to be shown, of the sections with these numbers. The test skips, and says
    so, where the reference is not beside the project."""
    if not REFERENCE.exists():
        pytest.skip(f"the list of cases is not at {REFERENCE.name}: only what is listed is checked")
    starts = tuple(f"{number} " for number in sections)
    return {
        case
        for section in _SECTION.finditer(REFERENCE.read_text())
        if section["title"].startswith(starts)
        for case in _URGENT.findall(section["text"])
    }


@cache
def named_in(file: str) -> frozenset[str]:
    """The names of the tests in a file; none where there is no such file."""
    path = TESTS / file
    if not path.exists():
        return frozenset()
    tree = ast.parse(path.read_text())
    functions = (ast.FunctionDef, ast.AsyncFunctionDef)
    return frozenset(node.name for node in tree.body if isinstance(node, functions))
