"""DaemonSets: a pod on the one node."""

from __future__ import annotations

from collections.abc import Iterable

from apiserver.cluster import Cluster
from apiserver.simulation.kubelet import is_ready
from apiserver.simulation.office import Office, controller_key
from apiserver.simulation.replica_set import PODS, pod_of
from apiserver.simulation.revision import hash_of, suffix
from apiserver.storage import Event, Key, Record
from apiserver.value import Object, number, part, section, text

SHELF = ("apps", "daemonsets")
_REVISION = "controller-revision-hash"


class DaemonSets:
    """The controller of DaemonSets."""

    def __init__(self, cluster: Cluster) -> None:
        self._sets = Office(cluster, "apps", "DaemonSet")
        self._pods = Office(cluster, "", "Pod")

    def keys(self, event: Event) -> Iterable[Key]:
        """DaemonSets that were written, or whose pods were."""
        if event.shelf == SHELF:
            return [event.now.key]
        if event.shelf == PODS:
            owner = controller_key(event.now.object, "DaemonSet")
            return [owner] if owner else []
        return []

    def reconcile(self, key: Key) -> float | None:
        """Make the pod, replace one of an old template, and count."""
        record = self._sets.find(key)
        if record is None or record.is_terminating:
            return None
        revision = hash_of(section(record.object, "spec", "template"))
        pods = [each for each in self._pods.owned(record) if not each.is_terminating]
        for each in pods:
            if _revision(each) != revision:
                self._pods.delete(each)
        if not pods:
            pod = pod_of(record, f"{key[1]}-{suffix()}")
            part(pod, "metadata", "labels")[_REVISION] = revision
            pods.append(self._pods.create(pod))
        self._sets.set_status(record, _status(record, pods, revision))
        return None


def _revision(pod: Record) -> str:
    return text(pod.object, "metadata", "labels", _REVISION)


def _status(record: Record, pods: list[Record], revision: str) -> Object:
    ready = sum(is_ready(each.object) for each in pods)
    updated = sum(_revision(each) == revision for each in pods)
    return {
        "observedGeneration": number(record.object, "metadata", "generation"),
        "desiredNumberScheduled": 1,
        "currentNumberScheduled": min(len(pods), 1),
        "updatedNumberScheduled": updated or None,
        "numberMisscheduled": 0,
        "numberReady": ready,
        "numberAvailable": ready or None,
        "numberUnavailable": (1 - ready) or None,
    }
