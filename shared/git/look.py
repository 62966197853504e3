"""One look at a remote: ask, choose, fetch what is missing, and say which commit it is."""

from __future__ import annotations

from collections.abc import Callable, Collection
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from typing import BinaryIO

from dulwich.object_store import PackBasedObjectStore

from shared.git.deadline import Deadline, Limits
from shared.git.error import EmptyRepository, GitError, ReferenceNotFound
from shared.git.listing import Listing
from shared.git.mirror import Mirror, commit_of, leads_to
from shared.git.pack import inspect
from shared.git.revision import Candidate, Commit, Refs, Wish
from shared.git.session import WHOLE_HISTORY, Haves, Session

BRANCHES = ("refs/heads/",)
# What servers say of a commit that is there, or not, and that no reference points to.
_UNASKABLE = ("not our ref", "unadvertised object")

Pick = Callable[[Refs], list[str]]


@dataclass(slots=True)
class Look:
    """A look through one session into one mirror. `refs`: what the remote has, once it has said
    so; `candidates`: what of it may be wanted; `needed`: objects that have to
    stay here for others."""

    session: Session
    mirror: Mirror
    limits: Limits
    deadline: Deadline
    refs: Refs | None = None
    needed: Collection[str] = ()
    candidates: tuple[Candidate, ...] = ()

    def from_here(self, wish: Wish, said: Listing) -> Commit | None:
        """The commit that is wanted, by what the remote said to others; None where not all of it is
        here, and the remote has to be asked. Raises ReferenceNotFound, EmptyRepository, or one of
        CORRUPTION."""
        if said.is_empty:
            raise _empty()
        self.refs, self.candidates = said.refs, wish.pick(said.refs)
        return self._newest() if all(map(self._is_here, self.candidates)) else None

    def at(self, wish: Wish, prefixes: tuple[str, ...]) -> Commit:
        """The commit that is wanted. All names that start with the prefixes are asked for. Raises
        GitError, or one of CORRUPTION."""
        try:
            self._ask(wish, prefixes)
        except ReferenceNotFound:
            if not self.refs and not self.session.references():
                raise _empty() from None
            raise
        for candidate in self.candidates:
            self._complete(candidate)
        newest = self._newest()
        targets = (candidate.target for candidate in self.candidates)
        self.mirror.compact(newest.id, *targets, *self.needed)
        return newest

    def may_be_too_much(self) -> bool:
        """Whether a question failed that a smaller one may be answered to: the remote did not tell
        its references, though it was there to be asked, or was not done within the time."""
        return self.refs is None and (self.session.was_asked or self.deadline.is_over())

    def _ask(self, wish: Wish, prefixes: tuple[str, ...]) -> None:
        """Ask what there is, and fetch the commits that it makes us want, without their history."""

        def pick(refs: Refs) -> list[str]:
            self.refs = refs
            self.candidates = wish.pick(refs)
            return [
                candidate.target
                for candidate in self.candidates
                if not self._needs_history(candidate) and not self.mirror.has(candidate.target)
            ]

        try:
            self._fetch(pick, prefixes, depth=1)
        except GitError as problem:
            if not any(words in str(problem) for words in _UNASKABLE):
                raise
            self._fetch_branches()

    def _complete(self, candidate: Candidate) -> None:
        """See to it that a candidate is here, and in the history that it is expected in."""
        if self._needs_history(candidate):
            tip = self._tip(candidate)
            if not self._has_history(candidate):
                self._fetch(lambda _: [tip], (candidate.within,), depth=WHOLE_HISTORY)
            if not leads_to(self.mirror.store, tip, candidate.target):
                raise _unresolved(candidate)
        if not self.mirror.has(candidate.target):
            raise _unresolved(candidate)

    def _needs_history(self, candidate: Candidate) -> bool:
        return bool(candidate.within) and self._tip(candidate) != candidate.target

    def _has_history(self, candidate: Candidate) -> bool:
        tip = self._tip(candidate)
        return self.mirror.has(tip) and leads_to(self.mirror.store, tip, candidate.target)

    def _tip(self, candidate: Candidate) -> str:
        """Where the reference points to that a candidate has to be in the history of."""
        return (self.refs or {})[candidate.within]

    def _is_here(self, candidate: Candidate) -> bool:
        is_led_to = not self._needs_history(candidate) or self._has_history(candidate)
        return is_led_to and self.mirror.has(candidate.target)

    def _newest(self) -> Commit:
        return max(map(self._commit, self.candidates), key=lambda commit: commit.seconds)

    def _fetch_branches(self) -> None:
        """Older servers give no commit that no reference points to: fetch the histories of all
        branches, as Flux does. Others have just said that there is no such commit."""
        if not self.session.is_modern:
            self._fetch(lambda refs: list(set(refs.values())), BRANCHES, depth=WHOLE_HISTORY)

    def _fetch(self, pick: Pick, prefixes: tuple[str, ...], depth: int) -> None:
        wanted: list[str] = []

        def picked(refs: Refs) -> list[str]:
            wanted.extend(pick(refs))
            return wanted

        haves = Haves(self.mirror.kept(), self.mirror.shallow())
        spool = _Spool(self.mirror.store)
        with ExitStack() as undo:
            undo.callback(spool.drop)
            received = self.session.fetch(
                picked, spool.write, haves, prefixes=prefixes, depth=depth
            )
            spool.finish(self.limits, self.deadline)
            undo.pop_all()
        if any(not self.mirror.has(target) for target in wanted):
            # Nothing is noted: what is said to be here would never be asked for again.
            raise GitError("the remote did not send what was asked for")
        if wanted:
            self.mirror.deepened(received.shallow, received.unshallow)
        for target in wanted:
            self.mirror.keep(target)

    def _commit(self, candidate: Candidate) -> Commit:
        return commit_of(self.mirror.store, candidate.target, candidate.reference)


class _Spool:
    """A pack on its way into an object store: nothing of it counts before it was inspected."""

    def __init__(self, store: PackBasedObjectStore) -> None:
        self._store = store
        self._file: BinaryIO | None = None
        self._commit: Callable[[], object]
        self._abort: Callable[[], None]

    def write(self, data: bytes) -> int:
        """Take in the next bytes."""
        if self._file is None:
            self._file, self._commit, self._abort = self._store.add_pack()
        return self._file.write(data)

    def finish(self, limits: Limits, deadline: Deadline) -> None:
        """Put the pack into the store, if one came. Raises GitError, or one of CORRUPTION."""
        if self._file is None:
            return
        if inspect(self._file, limits, deadline):
            self._commit()
        else:
            self._abort()

    def drop(self) -> None:
        """Forget the pack."""
        if self._file is not None:
            with suppress(FileNotFoundError):
                self._abort()


def _empty() -> EmptyRepository:
    return EmptyRepository("git repository is empty")


def _unresolved(candidate: Candidate) -> ReferenceNotFound:
    where = f" on '{candidate.within}'" if candidate.within else ""
    return ReferenceNotFound(
        f"unable to resolve commit object for '{candidate.target}'{where}: object not found"
    )
