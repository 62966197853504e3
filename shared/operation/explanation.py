"""Which fields of an object changed, and who moved them: for people, never with a value. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby

from shared.manifest.difference import differing_fields
from shared.manifest.field_path import FieldPath, owned_fields, shown, touches
from shared.manifest.identity import Manifest, text
from shared.manifest.managed_fields import entry_of, writer_of

MOST = 5
"""Fields that are named; of more only how many there are."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """What is known of an object that is about to be changed. `live`: as it is now, perhaps its
    metadata only; `outcome`: as it will be; `was`: what was applied before, where that is known;
    `wanted`: what is applied now; `manager`: in whose hand; `ignored`: the fields that nobody needs
    to hear of."""

    live: Manifest
    outcome: Manifest
    was: Manifest | None
    wanted: Manifest
    manager: str
    ignored: tuple[FieldPath, ...] = ()

    @property
    def is_whole(self) -> bool:
        """Whether more than the metadata of the live object is known."""
        return bool(self.live.keys() - {"apiVersion", "kind", "metadata"})


def explained(evidence: Evidence) -> str:
    """The fields that change, with who moved them: `data.color (changed by kubectl-edit at …)`."""
    fields = _fields(evidence)
    parts = []
    for note, alike in groupby(fields[:MOST], key=lambda field: _mover(evidence, field)):
        parts.append(", ".join(shown(field) for field in alike) + (f" ({note})" if note else ""))
    if len(fields) > MOST:
        parts.append(f"and {len(fields) - MOST} more")
    return ", ".join(parts)


def _fields(evidence: Evidence) -> Sequence[FieldPath]:
    """The fields that change: of an object that is known as a whole those that differ; otherwise
    those that are wanted otherwise than before, and those that we own no longer."""
    if evidence.is_whole:
        found = differing_fields(evidence.live, evidence.outcome)
    else:
        found = differing_fields(evidence.was, evidence.wanted) if evidence.was else []
    lost = [field for field in _lost(evidence) if not _is_within(field, found)]
    return sorted(one for one in (*found, *lost) if not _is_within(one, evidence.ignored))


def _lost(evidence: Evidence) -> Iterable[FieldPath]:
    """What will be ours by the apply, and is not now."""
    ours = owned_fields(entry_of(evidence.outcome, evidence.manager))
    return ours - owned_fields(entry_of(evidence.live, evidence.manager))


def _is_within(field: FieldPath, fields: Iterable[FieldPath]) -> bool:
    return any(touches(field, one) for one in fields)


def _mover(evidence: Evidence, field: FieldPath) -> str:
    """Who moved a field, as far as the object tells. A field that nobody owns and that was wanted
    before has been taken off."""
    ours = owned_fields(entry_of(evidence.live, evidence.manager))
    if _is_within(field, ours):
        return ""
    writer = writer_of(evidence.live, field, beside=evidence.manager)
    if writer is not None:
        when = text(writer, "time")
        return f"changed by {text(writer, 'manager')}{f' at {when}' if when else ''}"
    return "removed" if evidence.was == evidence.wanted else ""
