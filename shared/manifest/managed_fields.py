"""Who owns which field of an object: reading `metadata.managedFields`, and taking fields over."""

from __future__ import annotations

from collections.abc import Collection
from typing import cast

from shared.manifest.identity import Manifest, metadata, section, text

Claim = tuple[str, str]
"""A field manager and its way of writing: `("kubectl", "Update")`."""


def entries_of(manifest: Manifest) -> list[Manifest]:
    """The entries of `metadata.managedFields`."""
    found = metadata(manifest).get("managedFields")
    return cast("list[Manifest]", found) if isinstance(found, list) else []


def claim_of(entry: Manifest) -> Claim:
    """Whose entry it is. Those of subresources, such as status, are no claim on the object."""
    if text(entry, "subresource"):
        return "", ""
    return text(entry, "manager"), text(entry, "operation")


def entry_of(manifest: Manifest, manager: str) -> Manifest | None:
    """What a manager has applied: its entry by server-side apply, or None."""
    claim = manager, "Apply"
    return next((one for one in entries_of(manifest) if claim_of(one) == claim), None)


def has_claims(manifest: Manifest, claims: Collection[Claim]) -> bool:
    """Whether one of the claims is on the object."""
    return any(claim_of(entry) in claims for entry in entries_of(manifest))


def taken_over(
    entries: Collection[Manifest], claims: Collection[Claim], manager: str
) -> list[Manifest]:
    """The entries with the fields of `claims` given to `manager`, as if it had applied them. Its
    next apply then removes those of them that it does not name.
    """
    own: Manifest | None = None
    others: list[Manifest] = []
    for entry in entries:
        claim = claim_of(entry)
        if claim not in claims and claim != (manager, "Apply"):
            others.append(entry)
        elif own is None:
            own = entry | {"manager": manager, "operation": "Apply"}
        else:
            fields = _united(section(own, "fieldsV1"), section(entry, "fieldsV1"))
            own = own | {"fieldsV1": fields}
    return [*others, own] if own else others


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
