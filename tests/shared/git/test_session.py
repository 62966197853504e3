"""Whatever a remote says, what comes of it is a commit or a GitError, and never anything else."""

from __future__ import annotations

import random
import subprocess
from pathlib import Path

import pytest

from shared.git.error import GitError
from tests.fake.git_remote import HttpRemote, Repository
from tests.fake.git_wish import Asking, content

FILES = {"a.yaml": "one" * 50, "dir/b.yaml": "two" * 50, "dir/c.yaml": "three" * 50}


@pytest.fixture
def asking(tmp_path: Path, repository: Repository, server: HttpRemote) -> Asking:
    repository.commit(FILES)
    return Asking(tmp_path, server.of(repository))


async def looked(asking: Asking) -> str:
    """What came of a look: the error, or nothing."""
    try:
        found = content(await asking.checkout())
    except GitError as problem:
        return str(problem)
    assert found == {path: text.encode() for path, text in FILES.items()}
    return ""


@pytest.mark.slow
@pytest.mark.parametrize("number", range(3))
@pytest.mark.parametrize("share", [0, 0.1, 0.3, 0.5, 0.9, 0.99])
async def test_an_answer_that_ends_early(asking, server, number, share):
    def cut(answer: bytes, this: int) -> bytes:
        return answer[: int(len(answer) * share)] if this % 3 == number else answer

    server.spoil = cut

    assert await looked(asking)

    server.spoil = lambda answer, number: answer
    server.conversations.clear()
    assert not await looked(asking)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(40))
async def test_an_answer_with_bytes_that_are_wrong(asking, server, seed):
    chance = random.Random(seed)

    def scramble(answer: bytes, this: int) -> bytes:
        spoiled = bytearray(answer)
        for _ in range(chance.choice([1, 1, 3, 20])):
            spoiled[chance.randrange(len(spoiled))] = chance.randrange(256)
        return bytes(spoiled) if chance.random() < 0.7 else answer

    server.spoil = scramble

    complaint = await looked(asking)

    assert complaint.isprintable()
    assert len(complaint) < 1_000
    server.spoil = lambda answer, number: answer
    server.conversations.clear()
    assert not await looked(asking)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(10))
async def test_an_answer_that_is_noise(asking, server, seed):
    server.spoil = lambda answer, number: random.Random(seed * 10 + number).randbytes(500)

    assert await looked(asking)


async def test_names_by_sha256_are_not_supported(tmp_path, server):
    made = subprocess.run(
        ["git", "init", "-q", "--bare", "--object-format=sha256", tmp_path / "remote" / "new.git"],
        check=False,
    )
    if made.returncode:
        pytest.skip("this Git knows no SHA-256")
    work = ["git", "-C", str(tmp_path / "remote" / "new.git")]
    author = ["-c", "user.name=Ada", "-c", "user.email=ada@example.org"]
    tree = subprocess.run([*work, "mktree"], input=b"", capture_output=True, check=True).stdout
    commit = subprocess.run(
        [*work, *author, "commit-tree", "-m", "x", tree.strip()], capture_output=True, check=True
    ).stdout
    subprocess.run([*work, "update-ref", "refs/heads/main", commit.strip()], check=True)

    with pytest.raises(GitError, match="SHA-256, which is not supported"):
        await Asking(tmp_path, f"{server.url}/new.git").checkout()


async def test_a_proxy_of_the_environment_is_used(tmp_path, repository, server, monkeypatch):
    repository.commit(FILES)
    asking = Asking(tmp_path, "http://git.example/apps.git")
    monkeypatch.setenv("http_proxy", server.url)
    monkeypatch.delenv("no_proxy", raising=False)

    def relay(handler, body):
        handler.path = handler.path.removeprefix("http://git.example")
        return False

    server.interfere = relay

    assert not await looked(asking)


async def test_a_disk_that_is_in_the_way_is_an_error_of_ours(tmp_path, asking):
    (tmp_path / "mirrors").write_text("no directory")

    assert "the copy of the remote cannot be used" in await looked(asking)
