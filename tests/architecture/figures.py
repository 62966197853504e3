"""The style of the house in figures: `python -m tests.architecture.figures PACKAGE ...`.

Printed by `./dev check`, beside where they should be. They are a mirror, not a gate: only the
ceilings of `test_size.py` fail.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True, slots=True)
class Module:
    """One source file: its path, lines of code, and syntax tree."""

    path: Path
    lines: int
    tree: ast.Module

    def functions(self) -> Iterator[Function]:
        """Every function and method in it."""
        return (node for node in ast.walk(self.tree) if isinstance(node, Function))


def modules(packages: Sequence[str]) -> list[Module]:
    """The source files of packages."""
    paths = sorted(path for package in packages for path in Path(package).rglob("*.py"))
    return [_read(path) for path in paths]


def length(node: ast.AST) -> int:
    """Lines of a function's body, its docstring left out."""
    assert isinstance(node, Function)
    body = node.body[1:] if ast.get_docstring(node, clean=False) and node.body[1:] else node.body
    return (body[-1].end_lineno or body[-1].lineno) - body[0].lineno + 1


def percentile(values: Sequence[int], share: float) -> int:
    """The value that `share` of all values do not exceed; 0 where there are none."""
    ordered = sorted(values)
    return ordered[min(int(len(ordered) * share), len(ordered) - 1)] if ordered else 0


def report(packages: Sequence[str]) -> Iterator[str]:
    """A line a figure: what it is, and where it should be."""
    found = modules(packages)
    files = [module.lines for module in found]
    functions = [node for module in found for node in module.functions()]
    lengths = [length(node) for node in functions]
    parameters = [_parameters(node) for node in functions]
    inner = {below for node in functions for below in ast.walk(node) if below is not node}
    public = [node for node in functions if not node.name.startswith("_") and node not in inner]
    told = sum(1 for node in public if ast.get_docstring(node))
    yield f"{len(found)} files, {sum(files)} lines of code, {len(functions)} functions"
    yield _spread("lines a file", files, "90/250/300")
    yield _spread("lines a function", lengths, "5/22/30")
    yield _spread("parameters", parameters, "1/4/5")
    yield f"public functions with a docstring: {told * 100 // max(len(public), 1)} % (95)"
    yield f"Any a thousand lines: {_anys(found) * 1000 / max(sum(files), 1):.1f} (1)"
    yield f"type: ignore a thousand lines: {_ignores(found) * 1000 / max(sum(files), 1):.1f} (0.5)"
    yield f"broad excepts: {_broad(found)} (1 in all)"


def _read(path: Path) -> Module:
    text = path.read_text(encoding="utf-8")
    tree = ast.parse(text)
    prose = {line for node in ast.walk(tree) for line in _docstring_lines(node)}
    code = [
        number
        for number, line in enumerate(text.splitlines(), 1)
        if line.strip() and not line.strip().startswith("#") and number not in prose
    ]
    return Module(path, len(code), tree)


def _docstring_lines(node: ast.AST) -> range:
    match node:
        case ast.Expr(value=ast.Constant(value=str())):
            return range(node.lineno, (node.end_lineno or node.lineno) + 1)
        case _:
            return range(0)


def _parameters(node: Function) -> int:
    listed = [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]
    return sum(1 for one in listed if one.arg not in {"self", "cls"})


def _spread(name: str, values: Sequence[int], aim: str) -> str:
    middle, high = percentile(values, 0.5), percentile(values, 0.95)
    return f"{name}: median {middle}, 95 % {high}, longest {max(values, default=0)} ({aim})"


def _anys(found: Sequence[Module]) -> int:
    return sum(
        1
        for module in found
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Name) and node.id == "Any"
    )


def _ignores(found: Sequence[Module]) -> int:
    return sum(module.path.read_text(encoding="utf-8").count("# type: ignore") for module in found)


def _broad(found: Sequence[Module]) -> int:
    return sum(
        1
        for module in found
        for node in ast.walk(module.tree)
        if isinstance(node, ast.ExceptHandler) and _is_broad(node)
    )


def _is_broad(node: ast.ExceptHandler) -> bool:
    match node.type:
        case None | ast.Name(id="Exception" | "BaseException"):
            return True
        case _:
            return False


if __name__ == "__main__":
    sys.stdout.writelines(f"  {line}\n" for line in report(sys.argv[1:]))
