"""Objects that are waited for, and how they were last seen to be. No I/O."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from shared.manifest.identity import Kind, Manifest, Ref
from shared.manifest.readiness import absent, health_of, is_told_at_once
from shared.manifest.verdict import Readiness, current
from shared.operation.mark import deletes_itself


@dataclass(frozen=True, slots=True)
class Wait:
    """What is waited for, and how long. `labels`: a selector that all of it answers to, where there
    is one. `known`: objects as they were a moment ago. `cancel`: ends the wait when it is set.
    `judge`: how an object is, at a time."""

    refs: tuple[Ref, ...]
    limit: timedelta
    labels: str = ""
    known: Mapping[Ref, Manifest] = field(default_factory=dict)
    cancel: asyncio.Event | None = None
    judge: Callable[[Manifest, datetime], Readiness] = health_of


@dataclass(frozen=True, slots=True)
class Group:
    """Objects that one watch can see: of one kind, in one namespace."""

    kind: Kind
    namespace: str
    names: frozenset[str]

    @property
    def fields(self) -> str:
        """A field selector that leaves nothing out of the group, and as little as may be in."""
        return f"metadata.name={next(iter(self.names))}" if len(self.names) == 1 else ""

    def ref(self, name: str) -> Ref:
        """The object of the group with that name."""
        return Ref(self.kind.group, self.kind.kind, self.namespace, name, self.kind.version)

    def refs(self) -> Iterable[Ref]:
        """All objects of the group."""
        return (self.ref(name) for name in sorted(self.names))


class Vigil:
    """How the objects are, as far as was seen; `moved` is set whenever something is seen."""

    def __init__(self, wait: Wait, now: Callable[[], datetime]) -> None:
        self.wait = wait
        self.moved = asyncio.Event()
        self.cancelled = wait.cancel is not None and wait.cancel.is_set()
        self._now = now
        self._states = dict.fromkeys(wait.refs, Readiness("Unknown", "not seen yet"))
        # Jobs that delete themselves when they are done: to vanish is to succeed.
        self._passing = {ref for ref, manifest in wait.known.items() if deletes_itself(manifest)}
        for ref in filter(is_told_at_once, wait.refs):
            if ref in wait.known:
                self.see(ref, wait.known[ref])

    def see(self, ref: Ref, manifest: Manifest | None) -> None:
        """The object is like this now, or is not there."""
        if ref not in self._states:
            return
        if manifest is None:
            self._states[ref] = current("done and gone") if ref in self._passing else absent()
        else:
            self._states[ref] = self.wait.judge(manifest, self._now())
            if deletes_itself(manifest):
                self._passing.add(ref)
        self.moved.set()

    def under_way(self, refs: Collection[Ref]) -> dict[Ref, Manifest]:
        """Those that are known not to be where they should be yet: only a change can tell more.
        What seems to be well, or to have failed, is to be looked at again."""
        known = {ref: self.wait.known[ref] for ref in refs if ref in self.wait.known}
        now = self._now()
        return {
            ref: one
            for ref, one in known.items()
            if self.wait.judge(one, now).state == "InProgress"
        }

    def miss(self, ref: Ref, why: str) -> None:
        """The object could not be looked at."""
        self._states[ref] = Readiness("Unknown", why)
        self.moved.set()

    def cancel(self) -> None:
        """The wait has become pointless."""
        self.cancelled = True
        self.moved.set()

    def groups(self) -> list[Group]:
        """The objects that are not known to be well, by who can be seen together."""
        found: dict[tuple[Kind, str], set[str]] = {}
        for ref in self.not_in({"Current"}):
            found.setdefault((ref.gvk, ref.namespace), set()).add(ref.name)
        return [Group(kind, where, frozenset(names)) for (kind, where), names in found.items()]

    def not_in(self, states: Collection[str]) -> dict[Ref, Readiness]:
        """The objects that are in none of the states."""
        return {ref: one for ref, one in self._states.items() if one.state not in states}

    def failed(self) -> bool:
        """Whether one has failed for good."""
        return any(one.state == "Failed" for one in self._states.values())
