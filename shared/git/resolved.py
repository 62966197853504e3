"""Which commits references led to: while they point to the same objects, nothing has to be opened.

Whoever uses what is remembered of a mirror holds its lock.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field

from shared.git.revision import Candidate, Commit, Refs

MOST = 200
"""Commits that are remembered of one mirror, those that were found last."""
LONGEST = 64 * 1024
"""Bytes of a commit and its tag that are remembered."""

Name = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class _Reached:
    """What was wanted, where the references pointed to whose history has to hold it, and what that
    was."""

    candidates: tuple[Candidate, ...]
    tips: tuple[str, ...]
    commit: Commit

    def holds(self, candidates: tuple[Candidate, ...], refs: Refs) -> bool:
        return self.candidates == candidates and self.tips == _tips(candidates, refs)

    def objects(self) -> set[str]:
        return {self.commit.id, *self.tips, *(one.target for one in self.candidates)}


@dataclass(frozen=True, slots=True)
class Resolved:
    """The commits of all mirrors, by their keys: of each reference the one that it led to last."""

    _reached: dict[str, dict[Name, _Reached]] = field(default_factory=lambda: defaultdict(dict))

    def find(self, key: str, candidates: tuple[Candidate, ...], refs: Refs) -> Commit | None:
        """The commit that the candidates were found to lead to, with all its objects here."""
        found = self._reached[key].get(_name(candidates))
        return found.commit if found and found.holds(candidates, refs) else None

    def note(self, key: str, candidates: tuple[Candidate, ...], refs: Refs, commit: Commit) -> None:
        """Remember it, if it is not too large."""
        reached, name = self._reached[key], _name(candidates)
        reached.pop(name, None)
        if len(commit.raw) + len(commit.tag) > LONGEST:
            return
        if len(reached) >= MOST:
            del reached[next(iter(reached))]
        reached[name] = _Reached(candidates, _tips(candidates, refs), commit)

    def objects(self, key: str) -> set[str]:
        """The objects that have to stay in a mirror for what is remembered of it."""
        return {name for one in self._reached[key].values() for name in one.objects()}

    def forget(self, key: str) -> None:
        """What was in a mirror is gone."""
        self._reached.pop(key, None)


def _name(candidates: tuple[Candidate, ...]) -> Name:
    """What tells one wish from another, whatever it leads to."""
    return tuple((one.reference or one.target, one.within) for one in candidates)


def _tips(candidates: tuple[Candidate, ...], refs: Refs) -> tuple[str, ...]:
    return tuple(refs[one.within] for one in candidates if one.within)
