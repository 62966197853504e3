"""How new an answer of a remote has to be for a GitRepository.

Those that follow the same remote as the same holder need not ask for each: what another one was
told within the last seconds will do. Whoever asked for a look, by a new spec or by
the annotation, gets an answer to a question that was sent after that.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Protocol

from shared.api.git_repository import GitRepository
from shared.git.listing import Asker
from shared.manifest.identity import Manifest, metadata, section, text
from shared.reconcile.clock import Clock
from shared.reconcile.key import Key
from shared.runtime.controller import key_of
from shared.runtime.subject import REQUESTED_AT
from source_controller.trigger import Watched

SHARED_FOR = timedelta(seconds=10)
"""How old an answer to another GitRepository may be; never older than the own interval."""
LATE = timedelta(minutes=1)
"""How long after two intervals a GitRepository is expected to look once more."""

Wanted = tuple[object, str]
"""The generation of a spec, and the last request to look."""


class Askers(Protocol):
    """Who asks for a GitRepository."""

    def of(self, repo: GitRepository) -> Asker:
        """Its name, and how new an answer has to be."""


@dataclass(frozen=True, slots=True)
class Arrivals:
    """Remembers when what is now wanted of each GitRepository was first seen to be wanted."""

    clock: Clock
    _seen: dict[Key, tuple[Wanted, float]] = field(default_factory=dict)

    def follow(self, repositories: Watched) -> None:
        """See all that comes from now on."""
        repositories.subscribe(self._note)

    def of(self, repo: GitRepository) -> Asker:
        """What others were told before this was wanted will not do, and nothing that is old."""
        now, meta, interval = self.clock.monotonic(), repo.metadata, repo.spec.interval
        wanted = (meta.generation, meta.annotations.get(REQUESTED_AT, ""))
        known, since = self._seen.get(Key(meta.namespace, meta.name), (wanted, now))
        oldest = now - min(SHARED_FOR, interval).total_seconds()
        until = now + (2 * interval + LATE).total_seconds()
        name = f"{meta.namespace}/{meta.name}"
        return Asker(name, max(since, oldest) if known == wanted else now, until)

    def _note(self, old: Manifest | None, new: Manifest | None) -> None:
        if new is None:
            self._seen.pop(key_of(old or {}), None)
        elif old is None or _wanted(old) != _wanted(new):
            self._seen[key_of(new)] = (_wanted(new), self.clock.monotonic())


def _wanted(manifest: Manifest) -> Wanted:
    meta = metadata(manifest)
    return meta.get("generation"), text(section(meta, "annotations"), REQUESTED_AT)
