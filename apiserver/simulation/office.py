"""How simulated controllers read and write: through the same steps as any client."""

from __future__ import annotations

from apiserver.cluster import Cluster
from apiserver.deletion import DeleteOptions, Propagation, delete
from apiserver.resource import Resource
from apiserver.route import Target, WriteOptions
from apiserver.rules import STRATEGIES
from apiserver.storage import Key, Record
from apiserver.value import Object, copy_of, objects, same, section, text
from apiserver.write import Writing, create, update

MANAGER = "kube-controller-manager"


class Office:
    """One kind, as a controller works on it."""

    def __init__(self, cluster: Cluster, group: str, kind: str, *, manager: str = MANAGER) -> None:
        self.cluster = cluster
        self.resource: Resource = cluster.kind(group, kind)
        self._manager = manager

    def find(self, key: Key) -> Record | None:
        """The object of that namespace and name."""
        return self.cluster.find(self.resource, *key)

    def owned(self, owner: Record) -> list[Record]:
        """The objects that an owner controls."""
        found = self.cluster.family.owned(owner.uid, self.resource.shelf)
        return [each for each in found if controls(owner.uid, each.object)]

    def create(self, content: Object) -> Record:
        """Store a new object."""
        return create(self._writing(_key(content), ""), content)

    def update(self, record: Record, content: Object, part: str = "") -> Record:
        """Store a new state of an object, or of its `status`."""
        return update(self._writing(record.key, part), record, content)

    def set_status(self, record: Record, status: Object) -> Record:
        """Store a new status, where it says anything new."""
        told = {key: value for key, value in status.items() if value is not None}
        told = with_foreign(told, section(record.object, "status"))
        if same(told, record.object.get("status")):
            return record
        content = copy_of(record.object)
        content["status"] = copy_of(told)
        return self.update(record, content, "status")

    def delete(
        self, record: Record, *, grace: int | None = None, propagation: Propagation = ""
    ) -> None:
        """Delete an object."""
        delete(self.cluster, self.resource, record, DeleteOptions(propagation, grace=grace))

    def _writing(self, key: Key, part: str) -> Writing:
        resource = self.resource
        target = Target(resource.group, resource.version, resource.plural, key[0], key[1], part)
        options = WriteOptions(manager=self._manager)
        return Writing(self.cluster, resource, target, options, STRATEGIES)


def _key(content: Object) -> Key:
    return text(content, "metadata", "namespace"), text(content, "metadata", "name")


def controls(uid: str, content: Object) -> bool:
    """Whether an object's controller is the one with this uid."""
    return any(
        text(each, "uid") == uid and each.get("controller") is True
        for each in objects(content, "metadata", "ownerReferences")
    )


def reference(owner: Record) -> Object:
    """The owner reference of what a controller makes."""
    return {
        "apiVersion": text(owner.object, "apiVersion"),
        "kind": text(owner.object, "kind"),
        "name": owner.key[1],
        "uid": owner.uid,
        "controller": True,
        "blockOwnerDeletion": True,
    }


def controller_key(content: Object, kind: str) -> Key | None:
    """Namespace and name of the controller of an object, where it is of that kind."""
    for each in objects(content, "metadata", "ownerReferences"):
        if each.get("controller") is True and text(each, "kind") == kind:
            return text(content, "metadata", "namespace"), text(each, "name")
    return None


def condition(before: Object, new: Object, now: str) -> Object:
    """A condition whose times move only where it says something new; `before` is the old status."""
    old: Object = {}
    for each in objects(before, "conditions"):
        if each.get("type") == new["type"]:
            old = each
    kept = text(old, "lastTransitionTime") if old.get("status") == new["status"] else ""
    return {**new, "lastTransitionTime": kept or now}


def with_foreign(told: Object, before: Object) -> Object:
    """A status with the conditions of others beside its own: who writes one keeps it."""
    own = {each.get("type") for each in objects(told, "conditions")}
    others = [each for each in objects(before, "conditions") if each.get("type") not in own]
    if not others or "conditions" not in told:
        return told
    return {**told, "conditions": [*objects(told, "conditions"), *others]}


def template_with(template: Object, labels: Object) -> Object:
    """A pod template with more labels."""
    metadata = {**section(template, "metadata")}
    metadata["labels"] = {**section(metadata, "labels"), **labels}
    return {**template, "metadata": metadata}
