"""Objects that somebody waits for, as the watch shows them that is kept of all that was applied.

That watch is one for a kind, for all who wait, and tells of metadata only: that an object has
changed, and not how. No I/O.
"""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from typing import Protocol

from shared.cluster.holding import is_before
from shared.manifest.identity import Manifest, Ref, metadata, text


class Shown(Protocol):
    """What the watch of metadata shows (shared.operation.memory.ApplyMemory)."""

    def outline(self, ref: Ref) -> Manifest | None:
        """The metadata of an object as they were shown last; None where they were not."""

    def covers(self, ref: Ref, live: Manifest | None) -> bool:
        """Whether every change of an object is shown; `live`: how it is, where that is known."""


class News:
    """The objects of one wait. `moved` is set whenever one of them is shown to have changed."""

    def __init__(self, refs: Collection[Ref], shown: Shown) -> None:
        self.moved = asyncio.Event()
        self._shown = shown
        self._due = set(refs)
        self._seen: dict[Ref, Manifest | None] = {}

    def add(self, ref: Ref) -> None:
        """The watch shows a change of an object."""
        self._due.add(ref)
        self.moved.set()

    def seen(self, ref: Ref, live: Manifest | None) -> None:
        """The object was looked at: what the watch tells of it until then is no news."""
        self._seen[ref] = live

    def taken(self) -> list[Ref]:
        """The objects that may be other than they were seen, each told once."""
        due = sorted(ref for ref in self._due if self._is_news(ref))
        self._due.clear()
        self.moved.clear()
        return due

    def lost(self, *, absent: bool = False) -> bool:
        """Whether the watch does not show all changes of the objects that were seen; `absent`: of
        those too that were not there, and may have been made by somebody else."""
        return any(
            not self._shown.covers(ref, live)
            for ref, live in self._seen.items()
            if absent or live is not None
        )

    def _is_news(self, ref: Ref) -> bool:
        seen, shown = _version(self._seen.get(ref)), _version(self._shown.outline(ref))
        return not seen or not shown or (shown != seen and not is_before(shown, seen))


class Sight:
    """Who waits for which object, and learns that it has changed."""

    def __init__(self, shown: Shown) -> None:
        self._shown = shown
        self._waiting: dict[Ref, list[News]] = {}

    def covers(self, ref: Ref, live: Manifest | None) -> bool:
        """See Shown."""
        return self._shown.covers(ref, live)

    def tell(self, ref: Ref) -> None:
        """The watch shows a change of an object."""
        for news in self._waiting.get(ref, ()):
            news.add(ref)

    @contextmanager
    def on(self, refs: Collection[Ref]) -> Iterator[News]:
        """News of objects, while inside; at first each of them is due."""
        news = News(refs, self._shown)
        for ref in refs:
            self._waiting.setdefault(ref, []).append(news)
        try:
            yield news
        finally:
            for ref in refs:
                self._forget(ref, news)

    def _forget(self, ref: Ref, news: News) -> None:
        self._waiting[ref].remove(news)
        if not self._waiting[ref]:
            del self._waiting[ref]


def _version(live: Manifest | None) -> str:
    return text(metadata(live), "resourceVersion") if live else ""
