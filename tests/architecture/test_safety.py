"""What turns data into programs is nowhere used (reliability-security.md Y-02)."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from collections.abc import Set as AbstractSet

import pytest

from tests.architecture.figures import Module, modules
from tests.architecture.test_size import PACKAGES, ROOT

MODULES = modules(PACKAGES)
FORBIDDEN = frozenset({"pickle", "marshal", "shelve", "dill", "cloudpickle", "code", "jinja2"})
CALLS = frozenset({"eval", "exec", "compile", "__import__"})
SAFE = frozenset({"SafeLoader", "CSafeLoader", "BaseLoader", "CBaseLoader", "CParser"})


@pytest.mark.parametrize("module", MODULES, ids=lambda module: str(module.path.relative_to(ROOT)))
def test_y02_nothing_makes_programs_of_data(module: Module) -> None:
    assert list(_faults(module.tree)) == []


def _faults(tree: ast.Module) -> Iterator[str]:
    safe = SAFE | {
        node.name
        for node in ast.walk(tree)
        if isinstance(node, ast.ClassDef) and any(_named(base) in SAFE for base in node.bases)
    }
    for node in ast.walk(tree):
        match node:
            case ast.Import(names=names):
                yield from (one.name for one in names if one.name.split(".")[0] in FORBIDDEN)
            case ast.ImportFrom(module=str(name)) if name.split(".")[0] in FORBIDDEN:
                yield name
            case ast.Call(func=ast.Name(id=name)) if name in CALLS:
                yield name
            case ast.Call(func=ast.Attribute(value=ast.Name(id="yaml"), attr=name)):
                if name in {"load", "load_all"} and not _is_safe(node, safe):
                    yield f"yaml.{name} without a safe loader"
                if name.startswith(("unsafe", "full")):
                    yield f"yaml.{name}"


def _is_safe(call: ast.Call, safe: AbstractSet[str]) -> bool:
    loaders = [*call.args[1:], *(one.value for one in call.keywords if one.arg == "Loader")]
    return any(_named(one) in safe for one in loaders)


def _named(node: ast.expr) -> str:
    match node:
        case ast.Attribute(attr=name) | ast.Name(id=name):
            return name
        case _:
            return ""


def test_the_rule_finds_what_it_is_for() -> None:
    source = "import pickle\nimport yaml\nyaml.load(x)\nyaml.load(x, yaml.Loader)\neval(x)\n"

    assert len(list(_faults(ast.parse(source)))) == 4
