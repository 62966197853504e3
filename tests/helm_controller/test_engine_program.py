"""Which program renders, and what it may have."""

from __future__ import annotations

from pathlib import Path

import pytest

from helm_controller.engine_program import HELPER, LIBRARY, MIB, PLACE, helper, program_of
from helm_controller.problem import HelmError


@pytest.fixture
def there(tmp_path: Path) -> Path:
    """A program that is called as the helper is."""
    path = tmp_path.resolve() / HELPER
    path.write_text("")
    path.chmod(0o755)
    return path


@pytest.mark.parametrize("engine", ["auto", "helper"])
def test_the_helper_renders_where_the_environment_names_it(there: Path, engine: str):
    assert program_of(engine, {PLACE: str(there), "PATH": ""}) == helper(there)


@pytest.mark.parametrize("engine", ["auto", "helper"])
def test_the_helper_renders_where_it_is_on_the_path(there: Path, engine: str):
    assert program_of(engine, {"PATH": str(there.parent)}) == helper(there)


def test_the_library_renders_where_there_is_no_helper(tmp_path: Path):
    assert program_of("auto", {"PATH": str(tmp_path)}) is LIBRARY


def test_the_library_renders_where_it_is_asked_for(there: Path):
    assert program_of("library", {PLACE: str(there)}) is LIBRARY


def test_a_helper_that_is_asked_for_has_to_be_there(tmp_path: Path):
    with pytest.raises(HelmError, match="no penstock-helm is on the PATH"):
        program_of("helper", {"PATH": str(tmp_path)})


@pytest.mark.parametrize("engine", ["auto", "helper"])
def test_a_helper_that_is_named_has_to_be_a_program(tmp_path: Path, engine: str):
    with pytest.raises(HelmError, match="no program that can be run"):
        program_of(engine, {PLACE: str(tmp_path / "gone")})


def test_an_engine_that_nobody_knows_is_refused():
    with pytest.raises(HelmError, match="there are auto, library, helper"):
        program_of("tiller", {})


@pytest.mark.parametrize("program", [LIBRARY, helper(Path("/bin/penstock-helm"))])
def test_a_worker_sees_nothing_of_the_environment(program, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("KUBECONFIG", "/home/someone/.kube/config")

    seen = program.environment(2048 * MIB)

    assert "KUBECONFIG" not in seen
    assert seen["HOME"] == "/nonexistent"
    assert int(seen["GOMEMLIMIT"]) < 2048 * MIB - 1640 * MIB


def test_the_helper_has_as_much_to_use_as_the_library():
    """It reserves less address space, so its limit is lower."""
    library = int(LIBRARY.command(2048 * MIB, 60)[-2])
    other = int(helper(Path("/bin/penstock-helm")).command(2048 * MIB, 60)[-2])

    assert (library, other) == (2048 * MIB, 1728 * MIB)
