"""Live objects, read many at a time: where nothing is known of them yet, as after a start."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from shared.cluster.client import Client
from shared.cluster.error import ClusterError
from shared.manifest.identity import Manifest, Ref
from shared.operation.mark import Marks

FEW = 8
"""Fewer objects of a kind than this are read one by one, by whoever needs them."""


async def listed(client: Client, marks: Marks, wanted: Iterable[Manifest]) -> dict[Ref, Manifest]:
    """Those of the objects that are there and belong to who wants them, by one list for all of a
    kind in a namespace. What may not be listed is left out, as is what is not labelled as ours."""
    groups = Counter(
        (Ref.of(one).gvk, Ref.of(one).namespace, marks.owner_of(one)) for one in wanted
    )
    found: dict[Ref, Manifest] = {}
    for (kind, namespace, owner), number in groups.items():
        if number < FEW or not all(owner):
            continue
        labels = ",".join(f"{key}={value}" for key, value in marks.owner_labels(owner).items())
        try:
            listing = await client.list(kind, namespace=namespace, labels=labels)
        except ClusterError:
            continue
        found |= {Ref.of(item): item for item in listing.items}
    return found
