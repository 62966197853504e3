"""Asking for Helm's helper where nobody has built it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.real.helm_helper import HELM_HELPER, main


def test_nothing_is_built_or_said_where_only_what_is_built_is_asked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))

    code = main(["--if-built"])

    assert (code, capsys.readouterr()) == (0, ("", ""))
    assert list(tmp_path.iterdir()) == []


def test_without_go_it_cannot_be_built_and_says_why(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PATH", "")

    assert main(["--if-built"]) == 0
    assert main([]) == 1
    assert "Go is not installed" in capsys.readouterr().err


def test_what_it_is_built_from_is_locked() -> None:
    locked = (HELM_HELPER.folder / "go.sum").read_text()

    assert "helm.sh/helm/v4 v4." in locked
    assert all(line.split()[2].startswith("h1:") for line in locked.splitlines())
