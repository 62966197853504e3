"""What a Kustomization keeps of its own doing: what it applied, and how that went over time."""

from __future__ import annotations

from pydantic import ConfigDict, Field
from pydantic.dataclasses import dataclass

from shared.api.field import Duration, Int64, TextMap, Timestamp
from shared.api.meta import ApiModel


# There may be thousands: as models they take eight times the room, and twice the time.
@dataclass(frozen=True, slots=True, config=ConfigDict(use_attribute_docstrings=True))
class InventoryEntry:
    """One applied object."""

    id: str
    """The object, as `<namespace>_<name>_<group>_<kind>`."""

    v: str
    """The version of its API group."""


class Inventory(ApiModel):
    """The objects that were applied and not removed since."""

    entries: tuple[InventoryEntry, ...]
    """One entry an object."""


class Snapshot(ApiModel):
    """One build of the manifests, and what came of it."""

    digest: str
    """The checksum of the built manifests, as `<algorithm>:<hexadecimal>`."""

    first_reconciled: Timestamp
    """When it was first applied."""

    last_reconciled: Timestamp
    """When it was last applied."""

    last_reconciled_duration: Duration
    """How long it took the last time."""

    last_reconciled_status: str
    """What came of it the last time: the reason of Ready."""

    metadata: TextMap = Field(default_factory=dict)
    """What else is known of it, such as the revision that it was built from."""

    total_reconciliations: Int64
    """How often it was applied."""
