"""Marks on objects that say whose they are and how they are to be handled:
`kustomize.toolkit.fluxcd.io/prune: disabled` and the like. Pure.

A mark is a label or an annotation; its value is read without regard to case (flux.md 12 (57)).
"""

from __future__ import annotations

from dataclasses import dataclass

from shared.manifest.identity import Manifest, annotations_of, labels_of, section
from shared.manifest.verdict import number
from shared.reconcile.key import Key

Leftover = tuple[str, str]
"""A part of the metadata (`labels`, `annotations`), and a key in it."""


@dataclass(frozen=True, slots=True)
class Marks:
    """How one kind of owner marks its objects. `owner`: the kind, such as Kustomization; `group`:
    the prefix of the marks; `manager`: the field manager of what is applied; `leftovers`: what
    earlier tools kept with an object, and we take off."""

    owner: str
    group: str
    manager: str
    leftovers: tuple[Leftover, ...] = ()

    @property
    def owner_name(self) -> str:
        """The label that names the owner. All objects of owners of this kind carry it."""
        return f"{self.group}/name"

    @property
    def owner_namespace(self) -> str:
        """The label that names the namespace of the owner."""
        return f"{self.group}/namespace"

    def is_marked(self, manifest: Manifest, key: str, value: str) -> bool:
        """Whether the object carries `<group>/<key>` with that value."""
        whole = f"{self.group}/{key}"
        found = (labels_of(manifest).get(whole), annotations_of(manifest).get(whole))
        return value in {said.lower() for said in found if isinstance(said, str)}

    def is_left_alone(self, manifest: Manifest) -> bool:
        """Whether the object is neither to be applied nor to be deleted."""
        return self.is_marked(manifest, "reconcile", "disabled") or self.is_marked(
            manifest, "ssa", "ignore"
        )

    def is_kept(self, manifest: Manifest) -> bool:
        """Whether the object is not to be deleted."""
        return self.is_left_alone(manifest) or self.is_marked(manifest, "prune", "disabled")

    def is_made_once(self, manifest: Manifest) -> bool:
        """Whether the object is only to be made where it is missing."""
        return self.is_marked(manifest, "ssa", "ifnotpresent")

    def is_shared(self, manifest: Manifest) -> bool:
        """Whether fields of other managers, `kubectl` among them, are to stay theirs."""
        return self.is_marked(manifest, "ssa", "merge")

    def is_forced(self, manifest: Manifest) -> bool:
        """Whether the object may be deleted and made anew where it cannot be changed."""
        return self.is_marked(manifest, "force", "enabled")

    def owner_of(self, manifest: Manifest) -> Key:
        """The owner whose object this is; both parts empty where it is nobody's."""
        labels = labels_of(manifest)
        return Key(labels.get(self.owner_namespace, ""), labels.get(self.owner_name, ""))

    def owner_labels(self, owner: Key) -> dict[str, str]:
        """The labels by which the objects of an owner are known."""
        return {self.owner_name: owner.name, self.owner_namespace: owner.namespace}


def deletes_itself(manifest: Manifest) -> bool:
    """Whether the object goes by itself when it is done: a Job with a time to live."""
    after = number(section(manifest, "spec"), "ttlSecondsAfterFinished", None)
    return manifest.get("kind") == "Job" and after is not None
