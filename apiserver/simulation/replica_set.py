"""ReplicaSets: so many pods of one template."""

from __future__ import annotations

from collections.abc import Iterable

from apiserver.cluster import Cluster
from apiserver.simulation.kubelet import is_ready
from apiserver.simulation.office import Office, controller_key, reference
from apiserver.simulation.revision import suffix
from apiserver.storage import Event, Key, Record
from apiserver.value import Object, copy_of, number, part, section, text

SHELF = ("apps", "replicasets")
PODS = ("", "pods")
MOST_PODS = 100
"""The most pods of one workload that the simulation makes: it has no cluster to hold more."""


class ReplicaSets:
    """The controller of ReplicaSets."""

    def __init__(self, cluster: Cluster) -> None:
        self._sets = Office(cluster, "apps", "ReplicaSet")
        self._pods = Office(cluster, "", "Pod")

    def keys(self, event: Event) -> Iterable[Key]:
        """ReplicaSets that were written, or whose pods were."""
        if event.shelf == SHELF:
            return [event.now.key]
        if event.shelf == PODS:
            owner = controller_key(event.now.object, "ReplicaSet")
            return [owner] if owner else []
        return []

    def reconcile(self, key: Key) -> float | None:
        """Make or delete pods, and count them."""
        record = self._sets.find(key)
        if record is None or record.is_terminating:
            return None
        pods = [each for each in self._pods.owned(record) if not each.is_terminating]
        wanted = min(number(record.object, "spec", "replicas"), MOST_PODS)
        names = [f"{key[1]}-{suffix()}" for _ in range(wanted - len(pods))]
        pods += [self._pods.create(pod_of(record, name)) for name in names]
        for spare in sorted(pods, key=_is_ready)[: max(len(pods) - wanted, 0)]:
            self._pods.delete(spare)
            pods.remove(spare)
        self._sets.set_status(record, _status(record, pods))
        return None


def _is_ready(pod: Record) -> bool:
    return is_ready(pod.object)


def pod_of(owner: Record, name: str) -> Object:
    """A pod of a workload's template."""
    template = copy_of(section(owner.object, "spec", "template"))
    metadata = {**section(template, "metadata")}
    metadata |= {
        "name": name,
        "namespace": owner.key[0],
        "ownerReferences": [reference(owner)],
    }
    metadata.pop("creationTimestamp", None)
    pod: Object = {"metadata": metadata, "spec": part(template, "spec")}
    if text(owner.object, "kind") == "ReplicaSet":
        metadata["generateName"] = f"{owner.key[1]}-"
    return pod


def _status(record: Record, pods: list[Record]) -> Object:
    # More pods than the simulation makes count as ready, so that a big number becomes ready too.
    spare = max(number(record.object, "spec", "replicas") - MOST_PODS, 0) if pods else 0
    ready = sum(map(_is_ready, pods))
    total, fine = len(pods) + spare, ready + (spare if ready == len(pods) else 0)
    return {
        "replicas": total,
        "fullyLabeledReplicas": total or None,
        "readyReplicas": fine or None,
        "availableReplicas": fine or None,
        "observedGeneration": number(record.object, "metadata", "generation"),
    }
