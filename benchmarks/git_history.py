"""Scenarios: a repository with a long history, followed by one GitRepository or by a hundred."""

from __future__ import annotations

import asyncio
import subprocess
import time
from collections.abc import Iterator, Sequence
from functools import partial

from benchmarks.followers import MATCH, Followers
from benchmarks.process import RunError
from benchmarks.scenario import Scenario
from benchmarks.turn import MEGABYTE, Promise, Turn, beside_flux
from tests.fake.git_remote import Repository

FILES, COMMITS = 1_300, 2_000
FEW = 100
"""Files and commits of what a hundred follow."""
INTERVAL = 60
"""Seconds between two polls of each of the hundred."""
NEXT, LOOKS = 5, 10
"""How many commits come, and how often it is looked without one: one alone tells little."""
BRANCHES = ("main", "staging", "east", "west", "canary")
"""What a hundred follow that do not all follow the same: the same commit under each name."""
_FIRST = 1_700_000_000
_MORE = b"from refs/heads/main^0\n"


def path_of(number: int) -> str:
    """Of a file: forty directories."""
    return f"directory-{number % 40:02}/file-{number:04}.yaml"


def content_of(number: int, edition: int) -> bytes:
    """A kilobyte."""
    return f"# {number} {edition}\n".encode() + f"{number:05}\n".encode() * 160


def history(files: int, commits: int) -> Iterator[bytes]:
    """What `git fast-import` makes a branch of: all files, and then one of them changed by each
    commit, which comes on top of the one before."""
    yield from change(0, [(number, 0) for number in range(files)], b"")
    for edition in range(1, commits):
        yield from change(edition, [(edition % files, edition)], b"")


def change(edition: int, files: Sequence[tuple[int, int]], parent: bytes) -> Iterator[bytes]:
    """A commit of files, each with its edition."""
    word = b"change %d" % edition
    yield b"commit refs/heads/main\ncommitter Ada <ada@example.org> %d +0000\n" % (_FIRST + edition)
    yield b"data %d\n%s\n%s" % (len(word), word, parent)
    for number, version in files:
        content = content_of(number, version)
        yield b"M 100644 inline %s\ndata %d\n" % (path_of(number).encode(), len(content))
        yield content + b"\n"


def take_in(repository: Repository, stream: Iterator[bytes]) -> str:
    """Write commits into a repository; the id of the last one. Raises RunError."""
    _git(repository, b"".join(stream), "fast-import", "--quiet")
    return _git(repository, b"", "rev-parse", "refs/heads/main")


def _git(repository: Repository, said: bytes, *command: str) -> str:
    whole = ["git", "-c", "safe.directory=*", "-C", str(repository.path), *command]
    found = subprocess.run(whole, input=said, capture_output=True, check=False)
    if found.returncode:
        raise RunError(f"git {command[0]} failed: {found.stderr.decode(errors='replace')}")
    return found.stdout.decode().strip()


async def _one(turn: Turn) -> None:
    commit = take_in(turn.repository, history(FILES, COMMITS))
    followers = await Followers.of(turn, 1)
    await turn.calm()
    await _fetched(followers, commit)
    await _delivered(followers, COMMITS, times=NEXT)
    await turn.calm()
    with followers.counted("nothing new"):
        async with turn.step("nothing new") as step:
            for number in range(LOOKS):
                await followers.ask(f"look {number}")
                step.ended = await followers.until_asked(f"look {number}")
    await followers.end()


def spread(repository: Repository, commit: str, branches: Sequence[str]) -> str:
    """Have branches point to a commit; the commit."""
    for branch in branches:
        _git(repository, b"", "update-ref", f"refs/heads/{branch}", commit)
    return commit


async def _many(count: int, branches: Sequence[str], turn: Turn) -> None:
    commit = spread(turn.repository, take_in(turn.repository, history(FEW, FEW)), branches)
    followers = await Followers.of(turn, count, branches)
    await turn.calm()
    await _fetched(followers, commit, f"{INTERVAL}s")
    await turn.calm()
    with followers.counted("an interval"):
        async with turn.step("an interval"):
            await asyncio.sleep(INTERVAL)
    await _delivered(followers, FEW)
    turn.note("at rest", "memory", turn.processes.size() / MEGABYTE)
    turn.note("peak", "memory", turn.processes.peak() / MEGABYTE)
    await followers.end()


async def _fetched(followers: Followers, commit: str, interval: str = "1h") -> None:
    with followers.counted("first fetch"):
        async with followers.turn.step("first fetch") as step:
            await followers.create(interval)
            step.ended = await followers.until_offered(commit)


async def _delivered(followers: Followers, edition: int, times: int = 1) -> None:
    """Commits to one file, one after the other; with each all are asked to look."""
    await followers.turn.calm()
    with followers.counted("next commit"):
        async with followers.turn.step("next commit") as step:
            took = 0.0
            for late in range(edition, edition + times):
                commit = take_in(followers.turn.repository, change(late, [(0, late)], _MORE))
                spread(followers.turn.repository, commit, followers.branches)
                begun = time.monotonic()
                await followers.ask(f"commit {late}")
                took += await followers.until_offered(commit) - begun
            # What Git itself takes to write the commits is not counted.
            step.begun, step.ended = 0.0, took


FIFTH = Promise(most=0.2)
SCENARIOS = (
    Scenario(
        "git-history",
        "1,300 files and 2,000 commits: first fetch, 5 commits, 10 looks, beside Flux's",
        partial(
            beside_flux,
            story=_one,
            promises={"next commit: seconds": FIFTH, "next commit: bytes": FIFTH},
            match=MATCH,
        ),
    ),
    Scenario(
        "git-100",
        "100 GitRepositories of one remote, beside Flux's source-controller",
        partial(
            beside_flux,
            story=partial(_many, 100, BRANCHES[:1]),
            promises={"an interval: questions to the remote": Promise(limit=2)},
            match=MATCH,
        ),
    ),
    Scenario(
        "git-100-branches",
        "100 GitRepositories of five branches of one remote, beside Flux's source-controller",
        partial(
            beside_flux,
            story=partial(_many, 100, BRANCHES),
            promises={"an interval: questions to the remote": Promise(limit=2)},
            match=MATCH,
        ),
    ),
)
