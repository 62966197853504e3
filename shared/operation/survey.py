"""What has to be done to one object, found out by a dry run: the half of an apply that writes
nothing. The live object is only read where the watch has not shown it to us.

Where a single object is to be looked at there is nobody who has to be kept from being written, and
nothing to be found out beforehand that the watch has not shown: it is applied at once.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

from shared.cluster.client import Client
from shared.cluster.error import ClusterError, Conflict, Invalid, NotFound
from shared.manifest.difference import differs
from shared.manifest.field_path import FieldPath, without
from shared.manifest.identity import Manifest, Ref, metadata, section, text
from shared.manifest.managed_fields import entry_of
from shared.manifest.sealed import Sealed
from shared.operation.explanation import Evidence, explained
from shared.operation.ignoring import NOTHING, Ignored
from shared.operation.mark import Marks
from shared.operation.ownership import changes_hands
from shared.operation.writer import Writer
from shared.reconcile.key import Key

# Kinds whose deletion takes data along. `force` on the Kustomization is not enough for them.
_PRECIOUS = frozenset(
    {
        "CustomResourceDefinition",
        "Namespace",
        "PersistentVolume",
        "PersistentVolumeClaim",
        "StatefulSet",
    }
)
_IMMUTABLE = re.compile(
    r"immutable|may not change|may not be changed|cannot (be )?change|fields other than",
    re.IGNORECASE,
)

Action = Literal["create", "configure", "recreate", "skip", "nothing", "stand"]
"""`nothing`: it was looked at, and is as it should be; `stand`: it is known to be."""


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of an object that we applied, without asking. `live`: its metadata as the watch
    shows it, None where that shows it no longer; `was`: what was applied, where that is still in
    memory; `same`: whether that is what is wanted now, so that it is the object that has moved."""

    live: Manifest | None
    was: Manifest | None
    same: bool


@dataclass(frozen=True, slots=True)
class Step:
    """What is to be done to one object. `live`: as it is now, or its metadata, None where it is not
    there; `cleanup`: JSON patch operations that come first; `why`: the fields that change; `drift`:
    whether it is put back to what it was; `version`: the state that was looked at; `sent`: what is
    sent where that is not just what is wanted; `ignored`: the fields that are left to others;
    `answer`: the object as it is, where it was applied already."""

    wanted: Manifest
    action: Action
    live: Manifest | None
    cleanup: list[Manifest] = field(default_factory=list)
    why: str = ""
    drift: bool = False
    version: str = ""
    sent: Manifest | None = None
    ignored: Ignored = NOTHING
    answer: Manifest | None = None

    @property
    def content(self) -> Manifest:
        """What is sent to the API server."""
        return self.wanted if self.sent is None else self.sent

    @property
    def ref(self) -> Ref:
        """The object."""
        return Ref.of(self.wanted)

    @property
    def writes(self) -> bool:
        """Whether the object is written."""
        return self.action in {"create", "configure", "recreate"}

    def taken_from(self, marks: Marks) -> Key | None:
        """The owner whose object it has been so far, if that is another one and this step takes
        the object from it."""
        owner = marks.owner_of(self.live or {})
        mine = not self.writes or owner == marks.owner_of(self.wanted)
        return None if mine or not all(owner) else owner

    @property
    def uid(self) -> str:
        """What tells the live object from a later one of its name."""
        return text(metadata(self.live or {}), "uid")


@dataclass(frozen=True, slots=True)
class Parked:
    """A step that waits until all others are known, with what is wanted as JSON."""

    wanted: Sealed
    rest: Step

    @classmethod
    def of(cls, step: Step) -> Parked:
        """That of a step."""
        return cls(Sealed.of(step.wanted), replace(step, wanted={}))

    @property
    def ref(self) -> Ref:
        """The object."""
        return self.wanted.ref

    def step(self) -> Step:
        """The step, to be done now."""
        return replace(self.rest, wanted=self.wanted.value())


@dataclass(frozen=True, slots=True)
class Found:
    """What a dry run came to. `whole`: the live object, where that was read for it; `ignored`:
    fields whose owner does not matter; `manager`: in whose hand."""

    wanted: Manifest
    outcome: Manifest
    whole: Manifest | None
    ignored: tuple[FieldPath, ...]
    manager: str

    def changes_hands(self, live: Manifest) -> bool:
        """Whether an apply would give us fields that we do not own yet: somebody else has written
        just what we want. Were they left to others, we would not notice when they change."""
        ours = entry_of(self.outcome, self.manager) or {}
        now = entry_of(live, self.manager) or {}
        before, after = section(now, "fieldsV1"), section(ours, "fieldsV1")
        if self.ignored:
            before, after = without(before, self.ignored), without(after, self.ignored)
        return changes_hands(live, before, after)


@dataclass(frozen=True, slots=True)
class Surveyor:
    """Finds out what is to be done. `writer`: in whose hand; `forced`: whether all of the objects
    may be made anew where they cannot be changed; `listed`: live objects, as they were a moment
    ago."""

    client: Client
    writer: Writer
    forced: bool
    listed: Mapping[Ref, Manifest] = field(default_factory=dict)

    @property
    def marks(self) -> Marks:
        """The marks that count."""
        return self.writer.marks

    async def step(
        self, wanted: Manifest, known: Known | None = None, ignored: Ignored = NOTHING
    ) -> Step:
        """What is to be done to bring one object to what is wanted; `ignored`: but for these
        fields. Raises ClusterError where the API server would not take it."""
        if self.marks.is_left_alone(wanted):
            return Step(wanted, "skip", None)
        live = known.live if known else None
        if live is None and self.marks.is_made_once(wanted):
            live = await self._live(Ref.of(wanted))
        if live is not None and self._stays(wanted, live):
            return Step(wanted, "skip", live)
        whole = await self._live(Ref.of(wanted)) if ignored else None
        sent = ignored.adopted(wanted, whole, self.writer.manager) if whole else wanted
        try:
            outcome = await self.client.apply(sent, manager=self.writer.manager, dry_run=True)
        except (Conflict, Invalid) as refusal:
            return await self._refused(wanted, refusal)
        found = Found(wanted, outcome, whole, ignored.fields(wanted), self.writer.manager)
        step = await self._compared(found, known)
        return replace(step, ignored=ignored, sent=sent if step.live else None)

    def is_clear(self, wanted: Manifest, known: Known) -> bool:
        """Whether nothing that the watch shows of an object stands against applying it."""
        live = known.live
        if live is None or self._stays(wanted, live) or self.marks.is_left_alone(wanted):
            return False
        return self.marks.is_shared(wanted) or not self.writer.cleanup_of(live)

    async def at_once(self, wanted: Manifest, known: Known) -> Step | None:
        """Apply an object that `is_clear`, if it is still as the watch has shown it; None where it
        has to be looked at first. Raises ClusterError."""
        live = known.live or {}
        version = _version(live)
        meta = metadata(wanted) | {"resourceVersion": version}
        try:
            answer = await self.client.apply(
                {**wanted, "metadata": meta}, manager=self.writer.manager
            )
        except (Conflict, Invalid):
            return None
        why = explained(Evidence(live, answer, known.was, wanted, self.writer.manager))
        return Step(
            wanted, "configure", live, why=why, drift=known.same, version=version, answer=answer
        )

    def _stays(self, wanted: Manifest, live: Manifest) -> bool:
        return self.marks.is_left_alone(live) or self.marks.is_made_once(wanted)

    async def _refused(self, wanted: Manifest, refusal: ClusterError) -> Step:
        """What is to be done where the API server would not take the object as a change."""
        live = await self._live(Ref.of(wanted))
        if live is not None and self.marks.is_left_alone(live):
            return Step(wanted, "skip", live)
        self._require_recreation(wanted, live, refusal)
        return Step(wanted, "recreate", live)

    async def _compared(self, found: Found, known: Known | None) -> Step:
        """What is to be done, told from what a dry run came to."""
        wanted, outcome = found.wanted, found.outcome
        drift = known is not None and known.same
        if not _version(outcome):
            return Step(wanted, "create", None, why="it was gone" if drift else "", drift=drift)
        shown = known.live if known else None
        is_level = not found.whole and shown is not None and _version(shown) == _version(outcome)
        live = shown if is_level else found.whole or await self._as_of(outcome)
        if live is None:
            return Step(wanted, "create", None, drift=drift)
        if self.marks.is_left_alone(live):
            return Step(wanted, "skip", live)
        cleanup = [] if self.marks.is_shared(wanted) else list(self.writer.cleanup_of(live))
        # Of what the watch shows only the metadata is there: whether anything is written in the
        # end, the apply itself tells.
        changes = is_level or bool(cleanup) or differs(live, outcome) or found.changes_hands(live)
        if not changes:
            return Step(wanted, "nothing", live)
        was = known.was if known else None
        why = explained(Evidence(live, outcome, was, wanted, self.writer.manager, found.ignored))
        return Step(wanted, "configure", live, cleanup, why, drift, _version(outcome))

    async def _as_of(self, outcome: Manifest) -> Manifest | None:
        """The live object that a dry run was about: out of the list, where it has not changed since
        that was made."""
        ref = Ref.of(outcome)
        listed = self.listed.get(ref)
        if listed is not None and _version(listed) == _version(outcome):
            return listed
        return await self._live(ref)

    async def _live(self, ref: Ref) -> Manifest | None:
        try:
            return await self.client.get(ref)
        except NotFound:
            return None

    def _require_recreation(
        self, wanted: Manifest, live: Manifest | None, refusal: ClusterError
    ) -> None:
        """Let a refusal pass only where the object may be deleted and made anew to get round it,
        and would then be taken."""
        if live is None or not _is_about_the_past(refusal):
            raise refusal
        common = self.forced and text(wanted, "kind") not in _PRECIOUS
        if common or self.marks.is_forced(wanted):
            return
        if self.forced:
            raise Invalid(
                f"{refusal}; deleting a {text(wanted, 'kind')} may lose data, so it is recreated "
                f"only if it is itself marked {self.marks.group}/force: enabled",
                status=refusal.status,
                reason=refusal.reason,
                causes=refusal.causes,
            )
        raise refusal


def _version(manifest: Manifest) -> str:
    """The state of an object. A dry run shows that of the live one; none where there is none."""
    return text(metadata(manifest), "resourceVersion")


def _is_about_the_past(refusal: ClusterError) -> bool:
    """Whether all that the API server minds is what the object was before. Had it a single other
    fault, it would be refused as a new one too, and be gone."""
    faults = [cause.message for cause in refusal.causes] or [str(refusal)]
    return all(_IMMUTABLE.search(fault) for fault in faults)
