"""Marks on the objects of Kustomizations. Pure."""

from __future__ import annotations

from shared.manifest.identity import Manifest, annotations_of
from shared.manifest.managed_fields import Claim
from shared.operation.mark import Marks
from shared.operation.writer import Writer

MARKS = Marks(
    owner="Kustomization",
    group="kustomize.toolkit.fluxcd.io",
    manager="kustomize-controller",
    # What kubectl, and the first Flux, kept with an object.
    leftovers=(
        ("annotations", "kubectl.kubernetes.io/last-applied-configuration"),
        ("annotations", "kustomize.toolkit.fluxcd.io/checksum"),
        ("annotations", "fluxcd.io/sync-checksum"),
        ("labels", "fluxcd.io/sync-gc-mark"),
    ),
)
"""Flux's own labels and field manager, so that either can go on where the other was."""

# Writers that stood in for us: kubectl, and what is left of a time without field managers.
_PREDECESSORS: frozenset[Claim] = frozenset(
    {
        ("kubectl", "Apply"),
        ("kubectl", "Update"),
        ("before-first-apply", "Update"),
        (MARKS.manager, "Update"),
    }
)


def stays_encrypted(manifest: Manifest) -> bool:
    """Whether a Secret may be applied as it was encrypted. An annotation only."""
    said = annotations_of(manifest).get(f"{MARKS.group}/decrypt")
    return isinstance(said, str) and said.lower() == "disabled"


def writer_of(overridden: tuple[str, ...] = ()) -> Writer:
    """In whose hand the objects of Kustomizations are written. `overridden`: field managers whose
    fields are taken over too, as those of our predecessors are."""
    ways = ("Apply", "Update")
    named = {(manager, way) for manager in overridden for way in ways}
    return Writer(MARKS, _PREDECESSORS | named)
