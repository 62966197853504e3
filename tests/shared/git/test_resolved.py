"""Which commits references led to, remembered: what that spares, and what it must not hide."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from shared.git.error import GitError
from shared.git.listing import Asker
from shared.git.mirror import MOST_PACKS
from shared.git.resolved import LONGEST, MOST, Resolved
from shared.git.revision import Candidate, Commit
from tests.fake.git_remote import HttpRemote, Repository
from tests.fake.git_wish import Asking, content, pointed

MAIN = "refs/heads/main"


def branch(target: str, name: str = MAIN) -> tuple[Candidate, ...]:
    return (Candidate(name, target),)


def commit(name: str, raw: bytes = b"") -> Commit:
    return Commit(name, MAIN, "change", 1, raw)


def test_a_reference_leads_to_the_same_commit_while_it_points_to_the_same_object():
    resolved = Resolved()
    resolved.note("mirror", branch("a"), {}, commit("a"))

    assert resolved.find("mirror", branch("a"), {}) == commit("a")
    assert resolved.find("mirror", branch("b"), {}) is None
    assert resolved.find("mirror", branch("a", "refs/heads/other"), {}) is None
    assert resolved.find("other", branch("a"), {}) is None


def test_a_commit_that_has_to_be_on_a_branch_is_looked_for_again_when_that_moves():
    resolved, wanted = Resolved(), (Candidate(MAIN, "a", within=MAIN),)
    resolved.note("mirror", wanted, {MAIN: "tip"}, commit("a"))

    assert resolved.find("mirror", wanted, {MAIN: "tip"}) == commit("a")
    assert resolved.find("mirror", wanted, {MAIN: "pushed by force"}) is None


def test_what_a_reference_led_to_before_is_not_needed_any_more():
    resolved = Resolved()
    resolved.note("mirror", branch("a"), {}, commit("a"))
    resolved.note("mirror", branch("b"), {}, commit("c"))

    assert resolved.objects("mirror") == {"b", "c"}


def test_what_is_remembered_of_a_mirror_is_bounded():
    resolved = Resolved()
    for number in range(MOST + 1):
        resolved.note("mirror", branch("a", f"refs/heads/{number}"), {}, commit("a"))
    resolved.note("large", branch("a"), {}, commit("a", bytes(LONGEST + 1)))

    assert resolved.find("mirror", branch("a", "refs/heads/0"), {}) is None
    assert resolved.find("mirror", branch("a", f"refs/heads/{MOST}"), {})
    assert resolved.find("large", branch("a"), {}) is None


@pytest.fixture
def asking(tmp_path: Path, repository: Repository, server: HttpRemote) -> Asking:
    return Asking(tmp_path, server.of(repository))


def someone(number: int) -> Asker:
    return Asker(f"apps/{number}", -1.0, 1e12)


def damage(mirrors: Path) -> None:
    for pack in mirrors.glob("*/objects/pack/*"):
        pack.chmod(0o600)
        pack.write_bytes(b"nonsense")


async def test_a_mirror_that_is_not_needed_is_not_opened(asking, repository, server, tmp_path):
    expected = repository.commit({"a.yaml": "one"})
    await asking.checkout(asker=someone(1))
    damage(tmp_path / "mirrors")

    found = await asking.checkout(asker=someone(2))

    assert found.commit.id == expected
    assert len(server.listings()) == 1


async def test_a_mirror_that_is_damaged_is_made_anew_when_its_files_are_wanted(
    asking, repository, tmp_path
):
    repository.commit({"a.yaml": "one"})
    await asking.checkout(asker=someone(1))
    damage(tmp_path / "mirrors")
    found = await asking.checkout(asker=someone(2))

    with pytest.raises(GitError, match="made anew"):
        content(found)

    assert content(await asking.checkout(asker=someone(3))) == {"a.yaml": b"one"}


async def test_a_mirror_that_is_gone_is_fetched_again(asking, repository, tmp_path):
    repository.commit({"a.yaml": "one"})
    await asking.checkout(asker=someone(1))
    shutil.rmtree(tmp_path / "mirrors")

    found = await asking.checkout(asker=someone(2))

    assert content(found) == {"a.yaml": b"one"}


@pytest.mark.slow
async def test_many_references_of_one_mirror_are_fetched_once_each(asking, repository, server):
    many = [f"branch-{number}" for number in range(MOST_PACKS + 10)]
    for name in many:
        repository.commit({"a.yaml": name}, branch=name)
    for _ in range(2):
        found = [
            await asking.checkout(pointed(f"refs/heads/{name}"), asker=someone(number))
            for number, name in enumerate(many)
        ]

    assert [content(one)["a.yaml"].decode() for one in found] == many
    assert len(server.fetches()) == len(many)
