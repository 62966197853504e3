"""Programs built from Go: once, whole or not at all, with a reason where they are not."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests import servers
from tests.real.go_program import BuildError, GoProgram

GO = """#!/bin/sh
# A go command that compiles at once, and notes that it did.
case $1 in
  version) echo "go version go9.9 made-up/cpu" ;;
  build)
    echo one >> "$BUILDS"
    while [ "$1" != -o ]; do shift; done
    grep -q 'syntax error' main.go && { echo "main.go:1:1: syntax error" >&2; exit 1; }
    cp main.go "$2" ;;
esac
"""


@pytest.fixture
def builds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A made-up Go on the PATH, an empty cache; the file says how often something was built."""
    go = tmp_path / "bin" / "go"
    go.parent.mkdir()
    go.write_text(GO)
    go.chmod(0o755)
    monkeypatch.setenv("PATH", f"{go.parent}:/usr/bin:/bin")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("BUILDS", str(tmp_path / "builds"))
    return tmp_path / "builds"


@pytest.fixture
def program(tmp_path: Path) -> GoProgram:
    folder = tmp_path / "source"
    folder.mkdir()
    for name in ("go.mod", "go.sum", "main.go"):
        (folder / name).write_text(f"// {name}\n")
    return GoProgram("thing", folder)


def quiet(_: str) -> None:
    """No progress."""


def test_a_program_is_built_once_whoever_asks(builds: Path, program: GoProgram):
    with ThreadPoolExecutor(4) as callers:
        found = set(callers.map(program.build, [quiet] * 4))

    (binary,) = found
    assert binary == program.binary()
    assert binary.read_text() == "// main.go\n"
    assert builds.read_text().splitlines() == ["one"]


@pytest.mark.parametrize("name", ["go.mod", "go.sum", "main.go", "another.go"])
def test_a_program_is_built_again_when_it_changed(builds: Path, program: GoProgram, name: str):
    first = program.build(quiet)
    (program.folder / name).write_text("// other\n")

    second = program.build(quiet)

    assert first != second
    assert first.exists()
    assert second.exists()


def test_a_failed_build_says_why_and_leaves_nothing(builds: Path, program: GoProgram):
    (program.folder / "main.go").write_text("syntax error\n")

    with pytest.raises(BuildError, match=r"main\.go:1:1: syntax error"):
        program.build(quiet)

    assert [path.name for path in program.binary().parent.iterdir()] == ["lock"]


def test_a_machine_without_go_is_told_so(
    program: GoProgram, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("PATH", str(tmp_path))

    with pytest.raises(BuildError, match="Go is not installed"):
        program.build(quiet)


@pytest.mark.parametrize(
    ("ci", "installed", "expected"),
    [("true", True, True), ("1", True, True), ("", True, False), ("true", False, False)],
)
def test_only_ci_with_go_must_not_skip(
    builds: Path, monkeypatch: pytest.MonkeyPatch, ci: str, *, installed: bool, expected: bool
):
    monkeypatch.setenv("CI", ci)
    if not installed:
        monkeypatch.setenv("PATH", "")

    assert servers.must_be_there() is expected
