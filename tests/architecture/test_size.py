"""Ceilings. What passes one has two nouns in it, or a flow that should be told in steps."""

import ast
from pathlib import Path

import pytest

from tests.architecture.figures import length, modules

ROOT = Path(__file__).parents[2]
PACKAGES = sorted(
    str(path.parent) for path in ROOT.glob("*/__init__.py") if path.parent.name != "tests"
)
MODULES = modules(PACKAGES)


@pytest.mark.parametrize("module", MODULES, ids=lambda module: str(module.path.relative_to(ROOT)))
def test_no_file_has_more_than_400_lines_of_code(module):
    assert module.lines <= 400


@pytest.mark.parametrize("module", MODULES, ids=lambda module: str(module.path.relative_to(ROOT)))
def test_no_function_has_more_than_45_lines(module):
    assert [node.name for node in module.functions() if length(node) > 45] == []


@pytest.mark.parametrize("module", MODULES, ids=lambda module: str(module.path.relative_to(ROOT)))
def test_every_module_opens_with_what_it_is(module):
    assert ast.get_docstring(module.tree)
