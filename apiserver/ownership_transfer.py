"""Who owns what after a write: the rules between managers, on values and sets of fields alone.

Behaviour: structured-merge-diff v6, merge.Updater. Fields that are owned in another version of the
kind count by their names: what a conversion that only changes the version makes of them.
"""

from dataclasses import replace

from apiserver.fieldset import NOTHING, FieldSet, difference, intersection, union
from apiserver.managed_fields import Entries, Entry, Identity, owned_by_all
from apiserver.ownership_conflict import conflicts_of
from apiserver.schema import Node
from apiserver.typed_comparison import Comparison
from apiserver.typed_fields import fields_of
from apiserver.typed_ownership import reconciled, with_named_fields
from apiserver.typed_removal import remove
from apiserver.value import Object


def in_line(entries: Entries, node: Node) -> Entries:
    """Return the entries with what they own inside of a leaf turned into that leaf."""
    return {
        identity: replace(entry, fields=reconciled(entry.fields, node))
        for identity, entry in entries.items()
    }


def require_unowned(entries: Entries, change: Comparison) -> None:
    """Raise ApplyConflict where the change sets fields that any of `entries` owns."""
    changed = change.changed()
    taken = {key: intersection(entry.fields, changed) for key, entry in entries.items()}
    if any(taken.values()):
        raise conflicts_of(taken)


def left_to(entries: Entries, change: Comparison) -> Entries:
    """Return `entries` without what the change set or removed, and without those left empty."""
    lost = union(change.changed(), change.removed)
    kept = {
        identity: replace(entry, fields=difference(entry.fields, lost))
        for identity, entry in entries.items()
    }
    return {identity: entry for identity, entry in kept.items() if entry.fields}


def pruned(merged: Object, node: Node, entries: Entries, last: Entry) -> Object:
    """Return `merged` without what its applier applied last, applies no more, and no one else owns.

    `entries` are those after the apply, the applier's new one among them; `last` is its entry
    before.
    """
    was = with_named_fields(last.fields, node)
    everything = _fields(merged, node)
    owned = with_named_fields(owned_by_all(entries.values()), node)
    left = _fields(remove(merged, was, node), node)
    # What went though someone owns it comes back, with all that leads to it.
    left = _fields(remove(merged, difference(everything, union(left, owned)), node), node)
    # What went though the applier never owned it comes back too.
    out = remove(merged, intersection(difference(everything, left), was), node)
    return out if isinstance(out, dict) else {}


def _fields(value: object, node: Node) -> FieldSet:
    return with_named_fields(fields_of(value, node), node) if value else NOTHING


def joined(entries: Entries, identity: Identity, entry: Entry) -> Entries:
    """Return `entries` with what `entry` owns put to what `identity` owns already."""
    before = entries.get(identity)
    fields = union(entry.fields, before.fields) if before else entry.fields
    return entries | {identity: replace(entry, fields=fields)}
