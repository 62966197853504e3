"""Marks on objects that say whose they are and how they are to be handled:
`kustomize.toolkit.fluxcd.io/prune: disabled` and the like. Pure.

A mark is a label or an annotation; its value is read without regard to case (flux.md 12 (57)).
"""

from __future__ import annotations

from shared.manifest.identity import Manifest, annotations_of, labels_of, section
from shared.manifest.verdict import number

MANAGER = "kustomize-controller"
"""The field manager of what we apply: Flux's, so that either can go on where the other was."""

GROUP = "kustomize.toolkit.fluxcd.io"
OWNER_NAME = f"{GROUP}/name"
OWNER_NAMESPACE = f"{GROUP}/namespace"


def is_marked(manifest: Manifest, key: str, value: str) -> bool:
    """Whether the object carries `kustomize.toolkit.fluxcd.io/<key>` with that value."""
    whole = f"{GROUP}/{key}"
    found = (labels_of(manifest).get(whole), annotations_of(manifest).get(whole))
    return value in {said.lower() for said in found if isinstance(said, str)}


def is_left_alone(manifest: Manifest) -> bool:
    """Whether the object is neither to be applied nor to be deleted."""
    return is_marked(manifest, "reconcile", "disabled") or is_marked(manifest, "ssa", "ignore")


def is_kept(manifest: Manifest) -> bool:
    """Whether the object is not to be deleted."""
    return is_left_alone(manifest) or is_marked(manifest, "prune", "disabled")


def is_made_once(manifest: Manifest) -> bool:
    """Whether the object is only to be made where it is missing."""
    return is_marked(manifest, "ssa", "ifnotpresent")


def is_shared(manifest: Manifest) -> bool:
    """Whether fields of other managers, `kubectl` among them, are to stay theirs."""
    return is_marked(manifest, "ssa", "merge")


def is_forced(manifest: Manifest) -> bool:
    """Whether the object may be deleted and made anew where it cannot be changed."""
    return is_marked(manifest, "force", "enabled")


def stays_encrypted(manifest: Manifest) -> bool:
    """Whether a Secret may be applied as it was encrypted. An annotation only."""
    said = annotations_of(manifest).get(f"{GROUP}/decrypt")
    return isinstance(said, str) and said.lower() == "disabled"


def deletes_itself(manifest: Manifest) -> bool:
    """Whether the object goes by itself when it is done: a Job with a time to live."""
    after = number(section(manifest, "spec"), "ttlSecondsAfterFinished", None)
    return manifest.get("kind") == "Job" and after is not None


def owner_of(manifest: Manifest) -> tuple[str, str]:
    """Namespace and name of the Kustomization whose object this is; empty where it is nobody's."""
    labels = labels_of(manifest)
    return labels.get(OWNER_NAMESPACE, ""), labels.get(OWNER_NAME, "")


def owner_labels(namespace: str, name: str) -> dict[str, str]:
    """The labels by which the objects of a Kustomization are known."""
    return {OWNER_NAME: name, OWNER_NAMESPACE: namespace}
