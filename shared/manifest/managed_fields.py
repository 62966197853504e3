"""Who owns which field of an object: reading `metadata.managedFields`, and taking fields over."""

from __future__ import annotations

from collections.abc import Collection
from typing import cast

from shared.manifest.field_path import FieldPath, owned_fields, touches
from shared.manifest.identity import Manifest, metadata, section, text

Claim = tuple[str, str]
"""Field managers, by how their names begin, and a way of writing: `("kubectl", "Update")` is what
kubectl-edit and kubectl-patch have written too."""


def entries_of(manifest: Manifest) -> list[Manifest]:
    """The entries of `metadata.managedFields`."""
    found = metadata(manifest).get("managedFields")
    return cast("list[Manifest]", found) if isinstance(found, list) else []


def entry_of(manifest: Manifest, manager: str) -> Manifest | None:
    """What a manager has applied: its entry by server-side apply, or None."""
    return next((one for one in entries_of(manifest) if _is_apply_of(one, manager)), None)


def writer_of(manifest: Manifest, path: FieldPath, *, beside: str) -> Manifest | None:
    """The entry of whoever owns a field, other than what `beside` has applied; of several the one
    that wrote last."""
    others = [entry for entry in entries_of(manifest) if not _is_apply_of(entry, beside)]
    owners = [one for one in others if any(touches(path, field) for field in owned_fields(one))]
    return max(owners, key=lambda entry: text(entry, "time"), default=None)


def applier_of(manifest: Manifest, path: FieldPath, *, beside: str) -> Manifest | None:
    """The entry of whoever has applied a field, other than `beside`."""
    applied = (one for one in entries_of(manifest) if text(one, "operation") == "Apply")
    others = (one for one in applied if not _is_apply_of(one, beside))
    return next(
        (one for one in others if any(touches(path, field) for field in owned_fields(one))), None
    )


def has_claims(manifest: Manifest, claims: Collection[Claim]) -> bool:
    """Whether an entry of the object answers to one of the claims."""
    return any(answers(entry, claims) for entry in entries_of(manifest))


def taken_over(
    entries: Collection[Manifest], claims: Collection[Claim], manager: str
) -> list[Manifest]:
    """The entries with the fields of `claims` given to `manager`, as if it had applied them. Its
    next apply then removes those of them that it does not name.
    """
    own: Manifest | None = None
    others: list[Manifest] = []
    for entry in entries:
        if not answers(entry, claims) and not _is_apply_of(entry, manager):
            others.append(entry)
        elif own is None:
            own = entry | {"manager": manager, "operation": "Apply"}
        else:
            fields = _united(section(own, "fieldsV1"), section(entry, "fieldsV1"))
            own = own | {"fieldsV1": fields}
    return [*others, own] if own else others


def answers(entry: Manifest, claims: Collection[Claim]) -> bool:
    """Whether an entry is of one of the claims. What was written by way of a subresource, such as
    status or scale, is of none."""
    manager, operation = text(entry, "manager"), text(entry, "operation")
    return not text(entry, "subresource") and any(
        operation == way and manager.startswith(prefix) for prefix, way in claims
    )


def _is_apply_of(entry: Manifest, manager: str) -> bool:
    said = text(entry, "manager"), text(entry, "operation"), text(entry, "subresource")
    return said == (manager, "Apply", "")


def _united(one: Manifest, other: Manifest) -> Manifest:
    """The union of two sets of fields, which are trees of names."""
    both = dict(one)
    for key, below in other.items():
        held = both.get(key)
        if isinstance(held, dict) and isinstance(below, dict):
            both[key] = _united(cast("Manifest", held), cast("Manifest", below))
        else:
            both[key] = below
    return both
