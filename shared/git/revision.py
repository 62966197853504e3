"""What is wanted of a remote, what it has, and the commit that came of it. Plain values."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

SHORT = 50

Refs = Mapping[str, str]
"""Reference names (`refs/heads/main`) to the ids of the objects that they point to."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """An object that may be what is wanted. `reference`: the name that led there, or none.

    `within`: a reference whose history has to hold the commit.
    """

    reference: str
    target: str
    within: str = ""


@dataclass(frozen=True, slots=True)
class Wish:
    """What is wanted: which references to ask for, by their beginnings, and how to pick from them.

    `pick` raises ReferenceNotFound; of several candidates the newest commit is taken.
    """

    prefixes: tuple[str, ...]
    pick: Callable[[Refs], tuple[Candidate, ...]]


@dataclass(frozen=True, slots=True)
class Commit:
    """A commit, and the reference that led to it (empty: none did).

    `raw`, `tag`: the very bytes of the commit, and of the tag that the reference points to; without
    one it is empty.
    """

    id: str
    reference: str
    subject: str
    seconds: int
    raw: bytes = field(default=b"", repr=False, compare=False)
    tag: bytes = field(default=b"", repr=False, compare=False)

    @property
    def short(self) -> str:
        """The first words of the message, as events quote it."""
        return self.subject if len(self.subject) <= SHORT else f"{self.subject[:SHORT]}..."

    @property
    def digest(self) -> str:
        """`sha1:<id>`."""
        return f"sha1:{self.id}"
