"""What this process has applied, so that what has not moved since costs no request.

For each object: the checksum of what was wanted, the uid, and the checksum of our own managedFields
entry in the API server's answer. Whoever changes or removes a field of ours takes it out of that
entry; whatever else happens to the object leaves it alone. So while a metadata watch shows the
entry that our apply left, no field of ours was touched (DESIGN.md 3.3). Another process, or this
one after a restart, knows nothing and looks at everything once.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256
from typing import Protocol

import orjson

from kustomize_controller.mark import OWNER_NAME, is_left_alone, is_shared
from kustomize_controller.survey import MANAGER
from shared.cluster.error import ClusterError
from shared.manifest.identity import Kind, Manifest, Ref, metadata, text
from shared.manifest.managed_fields import Claim, entry_of, has_claims
from shared.reconcile.clock import Clock

TRUSTED_FOR = timedelta(hours=6)
"""After this long, more or less, an object is looked at even if nothing is known to have moved."""

MOST = 200_000
"""Objects that are remembered: some 60 MB. Those that were not asked for the longest go first."""

Digest = bytes


class Outlines(Protocol):
    """The metadata of the live objects of one kind that carry our owner label (a Cache)."""

    def find(self, namespace: str, name: str) -> Manifest | None:
        """The metadata of an object, or None."""

    def is_synced(self) -> bool:
        """Whether all have been seen, and the watch is not known to be blind."""

    async def level(self) -> None:
        """Bring what is held level with the server now. Raises ClusterError."""


class OutlinesOf(Protocol):
    """The outlines of each kind (shared.cluster.caches.Caches)."""

    def of(self, kind: Kind, *, metadata_only: bool = False, labels: str = "") -> Outlines:
        """Those of a kind; watched from now on."""


@dataclass(frozen=True, slots=True)
class Remembered:
    """What an apply left: what was wanted, of which object, and our entry. `until`: a moment on the
    monotonic clock."""

    wanted: Digest
    uid: str
    entry: Digest
    until: float


class ApplyMemory:
    """What was applied. `claims`: writers whose fields we take over: one of theirs is a movement
    too. `chance`: random numbers from 0 to 1, which spread the occasional second look."""

    def __init__(
        self,
        outlines: OutlinesOf,
        clock: Clock,
        claims: frozenset[Claim],
        chance: Callable[[], float],
    ) -> None:
        self._outlines = outlines
        self._clock = clock
        self._claims = claims
        self._chance = chance
        self._kept: OrderedDict[Ref, Remembered] = OrderedDict()

    def __len__(self) -> int:
        """How many objects are remembered."""
        return len(self._kept)

    def standing(self, wanted: Manifest) -> Manifest | None:
        """The metadata of the live object, if it is certain to be what is wanted; otherwise None,
        and it has to be looked at."""
        ref = Ref.of(wanted)
        outlines = self._of(ref.gvk)
        kept = self._kept.get(ref)
        live = outlines.find(ref.namespace, ref.name) if outlines.is_synced() else None
        if kept is None or live is None or not self._is_fresh(ref, kept):
            return None
        same = kept.wanted == _digest(wanted) and kept == _left(live, kept)
        if not same or self._has_intruder(live, wanted):
            return None
        return live

    def keep(self, wanted: Manifest, answer: Manifest) -> None:
        """The API server says that the object is now as it is wanted, and how it is."""
        ref = Ref.of(wanted)
        until = self._clock.monotonic() + (0.5 + self._chance()) * TRUSTED_FOR.total_seconds()
        left = _left(answer, Remembered(_digest(wanted), "", b"", until))
        self._kept.pop(ref, None)
        if left.entry and left.uid:
            self._kept[ref] = left
        while len(self._kept) > MOST:
            self._kept.popitem(last=False)

    def drop(self) -> None:
        """Forget everything. Nothing but the number of requests depends on it."""
        self._kept.clear()

    async def level(self, kinds: Iterable[Kind]) -> None:
        """Learn what has moved until now, by one list a kind. Where that fails, everything of the
        kind is looked at."""
        async with asyncio.TaskGroup() as tasks:
            for kind in sorted(set(kinds)):
                tasks.create_task(self._level(kind))

    async def _level(self, kind: Kind) -> None:
        try:
            await self._of(kind).level()
        except ClusterError:
            for ref in [ref for ref in self._kept if ref.gvk == kind]:
                del self._kept[ref]

    def _of(self, kind: Kind) -> Outlines:
        return self._outlines.of(kind, metadata_only=True, labels=OWNER_NAME)

    def _is_fresh(self, ref: Ref, kept: Remembered) -> bool:
        self._kept.move_to_end(ref)
        return self._clock.monotonic() < kept.until

    def _has_intruder(self, live: Manifest, wanted: Manifest) -> bool:
        """Whether something is on the object that an apply would have to act on, beside our own
        fields."""
        taken = not is_shared(wanted) and has_claims(live, self._claims)
        return taken or is_left_alone(live) or "deletionTimestamp" in metadata(live)


def _left(live: Manifest, kept: Remembered) -> Remembered:
    """What would be remembered of the object, were it left by our apply as it is now."""
    entry = entry_of(live, MANAGER)
    uid = text(metadata(live), "uid")
    return Remembered(kept.wanted, uid, _digest(entry) if entry else b"", kept.until)


def _digest(value: object) -> Digest:
    return sha256(orjson.dumps(value, option=orjson.OPT_SORT_KEYS)).digest()
