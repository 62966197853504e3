"""The repository with a long history, as the benchmarks make it."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from benchmarks.__main__ import SCENARIOS
from benchmarks.followers import repository
from benchmarks.git_history import (
    BRANCHES,
    change,
    content_of,
    history,
    path_of,
    spread,
    take_in,
)
from benchmarks.process import RunError
from tests.fake.git_remote import Repository

if shutil.which("git") is None:
    pytest.skip("the repository is written by Git: install git", allow_module_level=True)


@pytest.fixture
def remote(tmp_path: Path) -> Iterator[Repository]:
    remote = Repository(tmp_path / "apps.git")
    yield remote
    remote.close()


def files_of(remote: Repository, commit: str) -> dict[str, bytes]:
    store = remote.repo.object_store
    found = store[commit.encode()].tree
    return {entry.path.decode(): store[entry.sha].data for entry in store.iter_tree_contents(found)}


def test_each_commit_changes_one_file_on_top_of_the_one_before(remote):
    tip = take_in(remote, history(files=50, commits=4))

    walked = list(remote.repo.get_walker([tip.encode()]))
    files = files_of(remote, tip)
    assert len(walked) == 4
    assert len(files) == 50
    assert [files[path_of(number)] for number in range(5)] == [
        content_of(0, 0), content_of(1, 1), content_of(2, 2), content_of(3, 3), content_of(4, 0),
    ]  # fmt: skip


def test_another_commit_comes_on_top(remote):
    before = take_in(remote, history(files=3, commits=2))

    after = take_in(remote, change(2, [(0, 2)], b"from refs/heads/main^0\n"))

    assert remote.repo[after.encode()].parents == [before.encode()]
    assert files_of(remote, after)[path_of(0)] == content_of(0, 2)


def test_what_git_does_not_take_in_is_told(remote):
    with pytest.raises(RunError, match="fast-import"):
        take_in(remote, iter([b"nonsense\n"]))


def test_a_follower_follows_the_branch():
    found = repository("apps-000", "http://127.0.0.1/apps.git", "60s")

    assert found["metadata"] == {"name": "apps-000"}
    assert found["spec"] == {
        "url": "http://127.0.0.1/apps.git", "interval": "60s", "ref": {"branch": "main"},
    }  # fmt: skip


def test_branches_point_to_the_commit_that_came_last(remote):
    commit = take_in(remote, history(files=3, commits=2))

    spread(remote, commit, BRANCHES)

    refs = remote.repo.get_refs()
    assert {refs[f"refs/heads/{branch}".encode()] for branch in BRANCHES} == {commit.encode()}


def test_all_can_be_asked_for():
    assert {"git-history", "git-100", "git-100-branches"} <= set(SCENARIOS)
