"""The objects of a release, as its HelmRelease lists them: Flux's form. Pure, but for what the
cluster is asked about namespaces before."""

from __future__ import annotations

from collections.abc import Iterable

from shared.api.inventory import Inventory, InventoryEntry
from shared.manifest.identity import Manifest, Ref, kind_of
from shared.manifest.inventory import id_of


def inventory_of(objects: Iterable[Manifest], definitions: Iterable[Manifest]) -> Inventory:
    """The entries of the objects of a release, and of the definitions of its chart."""
    return Inventory(
        entries=tuple(
            InventoryEntry(id=id_of(Ref.of(one)), v=kind_of(one).version)
            for one in (*objects, *definitions)
        )
    )
