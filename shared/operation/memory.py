"""What this process has applied, so that what has not moved since costs no request.

For each object: the checksum of what was wanted, the uid, and the checksum of our own managedFields
entry in the API server's answer. Whoever changes or removes a field of ours takes it out of that
entry; whatever else happens to the object leaves it alone. So while a metadata watch shows the
entry that our apply left, no field of ours was touched (DESIGN.md 3.3). When it shows another one,
that is told at once (3.4). Another process, or this one after a restart, knows nothing and looks at
everything once.
"""

from __future__ import annotations

import asyncio
import sys
from collections import OrderedDict
from collections.abc import Callable, Collection, Iterable
from datetime import timedelta
from typing import Protocol

from shared.cluster.error import ClusterError
from shared.manifest.compact import compact
from shared.manifest.identity import Kind, Manifest, Ref, labels_of, metadata, text
from shared.operation.calm import Calm, Calms
from shared.operation.drift import Drifts
from shared.operation.ignoring import NOTHING, Ignored
from shared.operation.mark import deletes_itself
from shared.operation.recollection import Recollection
from shared.operation.sight import Sight
from shared.operation.survey import Known
from shared.operation.trace import Digest, Trace, digest_of, entry_digest, written
from shared.operation.writer import Writer
from shared.reconcile.clock import Clock
from shared.reconcile.key import Key

TRUSTED_FOR = timedelta(hours=6)
"""After this long, more or less, an object is looked at even if nothing is known to have moved."""

MOST = 200_000
"""Objects that are remembered: some 60 MB. Those that were not asked for the longest go first."""


class Outlines(Protocol):
    """The metadata of the live objects of one kind that carry our owner label (a Cache)."""

    def find(self, namespace: str, name: str) -> Manifest | None:
        """The metadata of an object, or None."""

    def is_synced(self) -> bool:
        """Whether all have been seen, and the watch is not known to be blind."""

    def covers(self, namespace: str) -> bool:
        """Whether objects of that namespace are among those that are watched."""

    async def level(self) -> None:
        """Bring what is held level with the server now. Raises ClusterError."""

    def subscribe(self, listener: Callable[[Manifest | None, Manifest | None], None]) -> None:
        """Call `listener(old, new)` for what is there and at every change from now on."""


class OutlinesOf(Protocol):
    """The outlines of each kind (shared.cluster.caches.Caches)."""

    def of(self, kind: Kind, *, metadata_only: bool = False, labels: str = "") -> Outlines:
        """Those of a kind; watched from now on."""


class ApplyMemory:
    """What was applied. `writer`: in whose hand; a field of those whose fields it takes over is a
    movement too. `drifts`: who is told what moves. `chance`: random numbers from 0 to 1, which
    spread the occasional second look."""

    def __init__(
        self,
        outlines: OutlinesOf,
        clock: Clock,
        writer: Writer,
        chance: Callable[[], float],
        drifts: Drifts,
    ) -> None:
        self._outlines = outlines
        self._clock = clock
        self.writer = writer
        self._chance = chance
        self._drifts = drifts
        self._traces: OrderedDict[Ref, Trace] = OrderedDict()
        self._watched: set[Kind] = set()
        self.calms = Calms(clock, lambda kind: self._of(kind).is_synced())
        self.manifests = Recollection()
        self.sight = Sight(self)

    def __len__(self) -> int:
        """How many objects are remembered."""
        return len(self._traces)

    def standing(self, wanted: Manifest, ignored: Ignored = NOTHING) -> Manifest | None:
        """The metadata of the live object, if it is certain to be what is wanted; otherwise None,
        and it has to be looked at."""
        ref = Ref.of(wanted)
        trace = self._trusted(ref)
        live = self._of(ref.gvk).find(ref.namespace, ref.name)
        if trace is None or live is None:
            return None
        content = written(wanted)
        if trace.wanted != _digest(content, ignored) or not trace.stands(live, wanted, self.writer):
            return None
        if not self.manifests.holds(ref):
            self.manifests.keep(_lasting(ref), compact(wanted))
        return live

    def known(self, wanted: Manifest, ignored: Ignored = NOTHING) -> Known | None:
        """What is known of an object that is not certain to be what is wanted, where that can be
        trusted: we have applied it, and it is watched."""
        ref = Ref.of(wanted)
        trace = self._trusted(ref)
        live = self._of(ref.gvk).find(ref.namespace, ref.name)
        if trace is None or (live is not None and text(metadata(live), "uid") != trace.uid):
            return None
        same = trace.wanted == _digest(written(wanted), ignored)
        return Known(live, self.manifests.find(ref), same)

    def outline(self, ref: Ref) -> Manifest | None:
        """The metadata of an object as the watch has shown it last; None where none has, or where
        objects of its kind are not watched."""
        if ref.gvk not in self._watched:
            return None
        return self._of(ref.gvk).find(ref.namespace, ref.name)

    def covers(self, ref: Ref, live: Manifest | None) -> bool:
        """Whether the watch shows every change of an object; `live`: how it is, where that is
        known. What carries our label is shown in a moment, if it is not yet."""
        if ref.gvk not in self._watched:
            return False
        outlines = self._of(ref.gvk)
        is_shown = outlines.find(ref.namespace, ref.name) is not None
        is_ours = live is not None and self.writer.marks.owner_name in labels_of(live)
        return outlines.is_synced() and (is_shown or (is_ours and outlines.covers(ref.namespace)))

    def is_strange(self, ref: Ref) -> bool:
        """Whether the object may be there, and nothing that is known of it can be trusted."""
        outlines = self._of(ref.gvk)
        is_shown = outlines.find(ref.namespace, ref.name) is not None
        return self._trusted(ref) is None and (is_shown or not outlines.is_synced())

    def keep(self, wanted: Manifest, answer: Manifest, ignored: Ignored = NOTHING) -> None:
        """The API server says that the object is now as it is wanted, and how it is."""
        ref, content = _lasting(Ref.of(wanted)), compact(wanted)
        meta, entry = metadata(answer), entry_digest(answer, self.writer)
        uid, version = text(meta, "uid"), text(meta, "resourceVersion")
        until = self._clock.monotonic() + (0.5 + self._chance()) * TRUSTED_FOR.total_seconds()
        self.forget(ref)
        if not entry or not uid:
            return
        owner = _lasting_owner(self.writer.marks.owner_of(wanted))
        self._traces[ref] = Trace(_digest(content, ignored), owner, uid, version, entry, until)
        self.manifests.keep(ref, content)
        while len(self._traces) > MOST:
            self.forget(next(iter(self._traces)))
        self._catch_up(ref)

    def forget(self, ref: Ref) -> None:
        """We are about to write or delete the object: what the watch shows meanwhile is our own
        doing."""
        trace = self._traces.pop(ref, None)
        self.manifests.forget(ref)
        if trace is not None:
            self.calms.stir(trace.owner)

    def drop(self) -> None:
        """Forget everything. Nothing but the number of requests, and how soon drift is put right,
        depends on it."""
        self._traces.clear()
        self.calms.drop()
        self.manifests.drop()

    def rest(self, owner: Key, done: object, refs: Collection[Ref]) -> None:
        """All objects of an owner have just been gone through, and are as they are wanted. `done`:
        all that this depended on. One that is not remembered has to be gone through again."""
        traces = [self._traces.get(ref) for ref in refs]
        ours = [trace for trace in traces if trace is not None and trace.owner == owner]
        if ours and len(ours) == len(refs):
            until = min(trace.until for trace in ours)
            kinds = frozenset(ref.gvk for ref in refs)
            self.calms.rest(owner, Calm(done, len(ours), kinds, until))

    def corrected(self, wanted: Manifest) -> str:
        """An object was put back to what it was. A sentence where that begins to be a quarrel."""
        return self._drifts.corrected(self.writer.marks.owner_of(wanted), Ref.of(wanted))

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
            for ref in [ref for ref in self._traces if ref.gvk == kind]:
                self.forget(ref)

    def _of(self, kind: Kind) -> Outlines:
        labels = self.writer.marks.owner_name
        outlines = self._outlines.of(kind, metadata_only=True, labels=labels)
        if kind not in self._watched:
            self._watched.add(kind)
            outlines.subscribe(self._heed)
        return outlines

    def _trusted(self, ref: Ref) -> Trace | None:
        """What our apply left, where that is not long ago and what became of it is watched."""
        trace = self._traces.get(ref)
        if trace is None or not self._of(ref.gvk).is_synced():
            return None
        self._traces.move_to_end(ref)
        return trace if self._clock.monotonic() < trace.until else None

    def _heed(self, old: Manifest | None, new: Manifest | None) -> None:
        """The watch shows a change. If that moves an object of ours, or it is gone or has lost our
        labels, that is drift."""
        ref = Ref.of(new or old or {})
        self.sight.tell(ref)
        trace = self._traces.get(ref)
        if trace is None:
            return
        if old is None or new is None or trace.is_touched(old, new, self.writer):
            self.calms.stir(trace.owner)
        wanted = self.manifests.find(ref)
        if new is None and (ref.kind == "Job" if wanted is None else deletes_itself(wanted)):
            return  # done and gone: it is made again when all is gone through, as by Flux
        if new is None or trace.is_news(old, new, wanted or {}, self.writer):
            self._drifts.note(trace.owner, ref, wanted)

    def _catch_up(self, ref: Ref) -> None:
        """Heed what the watch has shown before the answer to our apply was there, and is newer."""
        live = self._of(ref.gvk).find(ref.namespace, ref.name)
        if live is not None and self._traces[ref].is_before(live):
            self._heed(None, live)


def _lasting(ref: Ref) -> Ref:
    """The same, of words that all objects share: there are many."""
    group, kind, namespace, version = map(
        sys.intern, (ref.group, ref.kind, ref.namespace, ref.version)
    )
    return Ref(group, kind, namespace, ref.name, version)


def _lasting_owner(owner: Key) -> Key:
    return Key(sys.intern(owner.namespace), sys.intern(owner.name))


def _digest(content: bytes, ignored: Ignored) -> Digest:
    """What stands for what is wanted, and for what of it is left to others."""
    return digest_of(content + written(ignored.pointers)) if ignored else digest_of(content)
