"""ReplicaSets: as many pods as they ask for."""

from __future__ import annotations

from collections.abc import Iterable

from apiserver.cluster import Cluster
from apiserver.simulation.office import Office, controller_key
from apiserver.simulation.pod import MOST_PODS, Crew, is_active, is_ready, pod_of
from apiserver.simulation.pod import SHELF as PODS
from apiserver.simulation.revision import suffix
from apiserver.storage import Event, Key, Record
from apiserver.value import Object, number, text

SHELF = ("apps", "replicasets")


class ReplicaSets:
    """The controller of ReplicaSets."""

    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster
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
        pods = [each for each in self._pods.owned(record) if is_active(each)]
        wanted = min(number(record.object, "spec", "replicas"), MOST_PODS)
        names = [f"{key[1]}-{suffix()}" for _ in range(wanted - len(pods))]
        pods += [self._pods.create(pod_of(record, name)) for name in names]
        for spare in sorted(pods, key=_worth)[: max(len(pods) - wanted, 0)]:
            self._pods.delete(spare)
            pods.remove(spare)
        least = number(record.object, "spec", "minReadySeconds")
        crew = Crew(pods, least, self._cluster.clock.now().timestamp())
        self._sets.set_status(record, _status(record, crew))
        return crew.again


def _worth(pod: Record) -> tuple[bool, bool, int]:
    """What goes first: pods without a node, then those that are not ready, then the newest."""
    return bool(text(pod.object, "spec", "nodeName")), is_ready(pod.object), -pod.revision


def _status(record: Record, crew: Crew) -> Object:
    # More pods than the simulation makes count as the others do, so that a big number gets ready.
    count = len(crew.pods)
    spare = max(number(record.object, "spec", "replicas") - MOST_PODS, 0) if count else 0
    ready = crew.ready + (spare if crew.ready == count else 0)
    available = crew.available + (spare if crew.available == count else 0)
    return {
        "replicas": count + spare,
        "fullyLabeledReplicas": (count + spare) or None,
        "readyReplicas": ready or None,
        "availableReplicas": available or None,
        "terminatingReplicas": 0,
        "observedGeneration": number(record.object, "metadata", "generation"),
    }
