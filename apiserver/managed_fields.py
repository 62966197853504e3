"""metadata.managedFields: one entry a manager, operation, subresource and, for updates, version.

Reads and writes the list, and keeps its order: operation, then time, manager, version, subresource.
Behaviour: apimachinery managedfields as of Kubernetes 1.36.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Literal, TypeAlias

from apiserver.fieldset import NOTHING, FieldSet, decode, encode, union
from apiserver.value import Object, section

Operation: TypeAlias = Literal["Apply", "Update"]

MOST_UPDATERS = 10
ANCIENT = "ancient-changes"


@dataclass(frozen=True, slots=True, order=True)
class Identity:
    """Whose entry it is. An applier has one for all versions, so its `version` is empty."""

    operation: Operation
    manager: str
    version: str = ""
    subresource: str = ""

    def rank(self) -> tuple[str, ...]:
        """Return what the entries of a message are sorted by."""
        return self.manager, self.operation, self.version, self.subresource

    def text(self) -> str:
        """Return what conflicts call it: `"kubectl" using apps/v1`; a version only for updates."""
        name = f'"{self.manager}"'
        if self.subresource:
            name += f' with subresource "{self.subresource}"'
        return f"{name} using {self.version}" if self.operation == "Update" else name


@dataclass(frozen=True, slots=True)
class Entry:
    """What one manager owns, in which version that is named, and when it changed (RFC 3339)."""

    version: str
    fields: FieldSet
    time: str = ""


Entries: TypeAlias = dict[Identity, Entry]


def identity_of(operation: Operation, manager: str, version: str, subresource: str) -> Identity:
    """Return the identity of a manager's entry."""
    kept = version if operation == "Update" else ""
    return Identity(operation, manager or "unknown", kept, subresource)


def read(manifest: Mapping[str, object] | None) -> Entries | None:
    """Read an object's entries, {} where there are none; None where any is malformed."""
    listed = section(manifest, "metadata").get("managedFields")
    entries: Entries = {}
    try:
        for item in listed if isinstance(listed, list) else ():
            identity, entry = _entry(item)
            entries[identity] = entry
    except ValueError:
        return None
    return entries


def _entry(item: object) -> tuple[Identity, Entry]:
    if not isinstance(item, dict):
        raise ValueError("an entry of managedFields is not a map")  # noqa: TRY004 - one error for bad data
    operation, version = item.get("operation"), item.get("apiVersion")
    if operation not in ("Apply", "Update") or not isinstance(version, str) or not version:
        raise ValueError("an entry of managedFields has no operation or no apiVersion")
    words = [str(item.get(key) or "") for key in ("manager", "subresource", "time")]
    kept = version if operation == "Update" else ""
    fields = decode(section(item, "fieldsV1"))
    return Identity(operation, words[0], kept, words[1]), Entry(version, fields, words[2])


def is_reset(manifest: Mapping[str, object]) -> bool:
    """Say whether a client asks to forget all entries: by no entry, or by one that is empty."""
    return section(manifest, "metadata").get("managedFields") in ([], [{}])


def write(entries: Entries) -> list[object]:
    """Return the list as it is stored, in the API server's order."""
    ordered = sorted(entries.items(), key=_order)
    return [_item(identity, entry) for identity, entry in ordered]


def _order(pair: tuple[Identity, Entry]) -> tuple[str, ...]:
    identity, entry = pair
    return identity.operation, entry.time, identity.manager, entry.version, identity.subresource


def _item(identity: Identity, entry: Entry) -> Object:
    item: Object = {
        "manager": identity.manager,
        "operation": identity.operation,
        "apiVersion": entry.version,
        "time": entry.time,
        "fieldsType": "FieldsV1",
        "fieldsV1": encode(entry.fields),
        "subresource": identity.subresource,
    }
    return {key: value for key, value in item.items() if value != ""}


def capped(entries: Entries) -> Entries:
    """Merge the oldest update entries of a version into one where there are more than ten."""
    updaters = [identity for identity in entries if identity.operation == "Update"]
    updaters.sort(key=lambda identity: (entries[identity].time, identity))
    kept, spare = dict(entries), len(updaters) - MOST_UPDATERS
    first = {each.version: each for each in updaters if each == _bucket(each)}
    for identity in updaters:
        if spare > 0 and first.setdefault(identity.version, identity) != identity:
            _into_bucket(kept, first[identity.version], identity)
            spare -= 1
    return kept


def _bucket(identity: Identity) -> Identity:
    return Identity("Update", ANCIENT, identity.version)


def _into_bucket(entries: Entries, first: Identity, later: Identity) -> None:
    bucket = _bucket(later)
    if bucket not in entries:
        entries[bucket] = entries.pop(first)
    merged = entries.pop(later)
    together = union(merged.fields, entries[bucket].fields)
    entries[bucket] = replace(merged, fields=together)


def owned_by_all(entries: Iterable[Entry]) -> FieldSet:
    """Return what any of these entries owns."""
    owned = NOTHING
    for entry in entries:
        owned = union(owned, entry.fields)
    return owned
