"""Remotes: what a reference means there, and the files of the commit that it means.

One look costs one question for references, and those who look at about the same time share it. Only
what is missing of the commit is fetched, into the mirror of the remote; an unchanged remote costs
no more than the question.
"""

from __future__ import annotations

import asyncio
import hashlib
import shutil
import threading
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Protocol, TypeVar

from dulwich.repo import Repo

from shared.git.credential import ANONYMOUS, Credential
from shared.git.deadline import Deadline, Limits
from shared.git.error import GitError
from shared.git.greeting import Greetings
from shared.git.listing import ANYBODY, Asker, Call, Listing
from shared.git.location import Location, parse
from shared.git.look import Look
from shared.git.mirror import CORRUPTION, commit_of, opened, tree_of
from shared.git.poll import Polls
from shared.git.revision import Commit, Wish
from shared.git.room import MOST, Room
from shared.git.session import Manners, Session
from shared.git.ssh import Algorithms
from shared.git.thread import detached
from shared.git.tree import Content
from shared.reconcile.clock import Clock

Result = TypeVar("Result")


class Checkout(Protocol):
    """A commit whose files can be read."""

    @property
    def commit(self) -> Commit:
        """The commit."""

    def read(self, work: Callable[[Content], Result]) -> Result:
        """Do something with the files. Blocking: belongs into a thread. Raises GitError."""


@dataclass(frozen=True, slots=True)
class Remotes:
    """All remotes of a process. `root`: where mirrors are kept; `most`: bytes of all of them. Those
    that nobody used for the longest time make way. `local`: URLs that are served from directories
    of this machine instead, each below the URL that it starts with."""

    root: Path
    clock: Clock
    limits: Limits = field(default_factory=Limits)
    algorithms: Algorithms = field(default_factory=Algorithms)
    local: tuple[tuple[str, Path], ...] = ()
    most: int = MOST
    _locks: dict[str, threading.Lock] = field(default_factory=dict)
    _polls: Polls = field(init=False)
    _manners: Manners = field(init=False)
    _room: Room = field(init=False)

    def __post_init__(self) -> None:
        manners = Manners(self.algorithms, Greetings(self.clock))
        object.__setattr__(self, "_manners", manners)
        object.__setattr__(self, "_polls", Polls(self.clock))
        object.__setattr__(self, "_room", Room(self.root, self.most))

    async def checkout(
        self,
        url: str,
        wish: Wish,
        credential: Credential,
        limit: timedelta,
        asker: Asker = ANYBODY,
    ) -> Checkout:
        """The commit that is wanted, with all its objects here: as the remote says it now, or said
        it to others, where that is new enough for the asker. Raises GitError, at the latest when
        `limit` is over; a thread that hangs somewhere is left behind then."""
        deadline = Deadline(self.clock, limit)
        visit = _Visit(wish, credential, deadline, asker, self._polls.number())
        try:
            async with asyncio.timeout(limit.total_seconds()):
                return await detached(lambda: self._checkout(url, visit))
        except TimeoutError:
            raise GitError(f"timed out after {limit.total_seconds():g}s") from None
        except GitError:
            # Whatever it was called by the one who noticed it first: there was no time left.
            deadline.left()
            raise
        finally:
            deadline.call_off()

    def sweep(self, used: Collection[tuple[str, str]]) -> int:
        """Remove the mirrors of all remotes but those that are used, each as URL and holder, and
        those of their submodules. A URL that is none has no mirror. Blocking. How many there
        were."""
        keys = self._room.related(
            {key for url, holder in used if (key := _key_if_any(url, holder))}
        )
        unused = [path.name for path in self.root.glob("*") if path.name not in keys]
        for key in unused:
            self._remove(key)
        return len(unused)

    async def relate(self, url: str, holder: str, inner: Collection[tuple[str, str]]) -> None:
        """Remember which remotes the commit of another one needs, each as URL and holder: those of
        its submodules."""
        keys = {key for one, whose in inner if (key := _key_if_any(one, whose))}
        if key := _key_if_any(url, holder):
            await asyncio.to_thread(self._room.relate, key, keys)

    def _remove(self, key: str) -> None:
        with self._locked(key, None):
            shutil.rmtree(self.root / key, ignore_errors=True)
            self._polls.forget(key)
        self._room.forget(key)

    def _discard(self, key: str) -> None:
        """Throw away what is broken. The caller holds the lock."""
        shutil.rmtree(self.root / key, ignore_errors=True)
        self._polls.lost(key)

    def _checkout(self, url: str, visit: _Visit) -> Checkout:
        if directory := self._served_locally(url):
            return _looked_at(directory, visit.wish, self.limits)
        location = parse(url)
        key, whom = key_of(location, visit.credential.holder), (location, visit.credential)
        call = Call(key, whom, visit.wish.prefixes, visit.asker, visit.came)
        self._polls.expect(call)
        with self._locked(key, visit.deadline):
            said = self._polls.heard(call)
            commit = self._polls.known(call, visit.wish, said) if said else None
            if commit and self._room.touch(key):
                return _Mirrored(self, key, commit)
            commit = self._looked(call, visit, said)
            surplus = self._room.note(key)
        # Not under our own lock: two who wait for each other's would wait for ever.
        for other in surplus:
            self._remove(other)
        return _Mirrored(self, key, commit)

    def _looked(self, call: Call, visit: _Visit, said: Listing | None) -> Commit:
        path, deadline = self.root / call.key, visit.deadline
        for again in (True, False):
            session = Session(*call.whom, deadline, self.limits, self._manners)
            try:
                with opened(path) as mirror:
                    look = Look(session, mirror, self.limits, deadline)
                    return self._polls.commit(call, look, visit.wish, said)
            except CORRUPTION as fault:
                # A mirror is a copy: what is broken is thrown away and fetched anew, once.
                self._discard(call.key)
                if not again:
                    raise GitError(f"the remote sends what cannot be read: {fault}") from None
            except OSError as fault:
                raise _unusable(fault) from None
            finally:
                session.close()
        raise AssertionError("unreachable")

    def _served_locally(self, url: str) -> Path | None:
        for prefix, directory in self.local:
            if url == prefix or url.startswith(prefix.rstrip("/") + "/"):
                rest = url.removeprefix(prefix).strip("/")
                if ".." in rest.split("/"):
                    raise GitError(f"there is no local repository for {url}")
                return directory / rest if rest else directory
        return None

    @contextmanager
    def _locked(self, key: str, deadline: Deadline | None) -> Iterator[None]:
        lock = self._locks.setdefault(key, threading.Lock())
        if not lock.acquire(timeout=deadline.left() if deadline else -1):
            raise GitError("timed out while another object was looking at the same remote")
        try:
            yield
        finally:
            lock.release()


@dataclass(frozen=True, slots=True)
class _Visit:
    """Somebody who wants something of a remote. `came`: the number that was drawn then."""

    wish: Wish
    credential: Credential
    deadline: Deadline
    asker: Asker
    came: int


@dataclass(frozen=True, slots=True)
class _Mirrored:
    """A commit in the mirror of a remote."""

    _remotes: Remotes
    _key: str
    commit: Commit

    def read(self, work: Callable[[Content], Result]) -> Result:
        remotes, path = self._remotes, self._remotes.root / self._key
        with remotes._locked(self._key, None):  # noqa: SLF001 - one module
            try:
                with opened(path) as mirror:
                    tree = tree_of(mirror.store, self.commit.id)
                    return work(Content(mirror.store, tree, remotes.limits))
            except CORRUPTION as fault:
                remotes._discard(self._key)  # noqa: SLF001 - one module
                raise GitError(
                    f"the copy of the remote was damaged and is made anew: {fault}"
                ) from None
            except OSError as fault:
                raise _unusable(fault) from None


@dataclass(frozen=True, slots=True)
class _Local:
    """A commit in a directory of this machine."""

    _directory: Path
    _limits: Limits
    commit: Commit

    def read(self, work: Callable[[Content], Result]) -> Result:
        with _repository(self._directory) as repo:
            tree = tree_of(repo.object_store, self.commit.id)
            return work(Content(repo.object_store, tree, self._limits))


def key_of(location: Location, holder: str = ANONYMOUS.holder) -> str:
    """The name of a mirror: one for each remote, and for each one who signs in there."""
    identity = f"{location.scheme}://{location.username}@{location.netloc}{location.path}\n{holder}"
    return hashlib.sha256(identity.encode()).hexdigest()[:40]


def _unusable(fault: OSError) -> GitError:
    """A disk that is full or gone; without the paths of this machine."""
    return GitError(f"the copy of the remote cannot be used: {fault.strerror or fault}")


def _key_if_any(url: str, holder: str) -> str:
    try:
        return key_of(parse(url), holder)
    except GitError:
        return ""


def _looked_at(directory: Path, wish: Wish, limits: Limits) -> Checkout:
    with _repository(directory) as repo:
        refs = {
            name.decode(errors="replace"): target.decode()
            for name, target in repo.get_refs().items()
            if target
        }
        found = [
            commit_of(repo.object_store, candidate.target, candidate.reference)
            for candidate in wish.pick(refs)
        ]
    return _Local(directory, limits, max(found, key=lambda commit: commit.seconds))


@contextmanager
def _repository(directory: Path) -> Iterator[Repo]:
    try:
        with Repo(directory) as repo:
            yield repo
    except CORRUPTION as fault:
        raise GitError(
            f"the directory behind the URL cannot be read as a repository: {fault}"
        ) from None
