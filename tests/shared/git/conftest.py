from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.fake.git_remote import HttpRemote, Repository, serving

if shutil.which("git") is None:
    pytest.skip("these tests talk to a real Git server: install git", allow_module_level=True)


@pytest.fixture
def repository(tmp_path: Path) -> Iterator[Repository]:
    (tmp_path / "remote").mkdir()
    repository = Repository(tmp_path / "remote" / "apps.git")
    yield repository
    repository.close()


@pytest.fixture
def server(tmp_path: Path) -> Iterator[HttpRemote]:
    (tmp_path / "remote").mkdir(exist_ok=True)
    with serving(tmp_path / "remote") as remote:
        yield remote
