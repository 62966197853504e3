"""DaemonSets: a pod on the one node."""

from __future__ import annotations

from collections.abc import Iterable

from apiserver.cluster import Cluster
from apiserver.simulation.history import Histories, Revision
from apiserver.simulation.node import NAME as NODE
from apiserver.simulation.office import Office, controller_key
from apiserver.simulation.pod import SHELF as PODS
from apiserver.simulation.pod import Crew, is_active, phase, pod_of
from apiserver.simulation.revision import suffix
from apiserver.storage import Event, Key, Record
from apiserver.value import Object, copy_of, number, objects, part, text

SHELF = ("apps", "daemonsets")
_REVISION = "controller-revision-hash"
_GENERATION = "pod-template-generation"
_COUNTED = "deprecated.daemonset.template.generation"


class DaemonSets:
    """The controller of DaemonSets."""

    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster
        self._sets = Office(cluster, "apps", "DaemonSet")
        self._pods = Office(cluster, "", "Pod")
        self._histories = Histories(cluster, _REVISION)

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
        revision = self._histories.current(record)
        for each in self._pods.owned(record):
            if _is_superfluous(record, each, revision) and not each.is_terminating:
                self._pods.delete(each)
        if not list(self._pods.owned(record)):
            self._pods.create(_pod(record, revision))
        pods = [each for each in self._pods.owned(record) if is_active(each)]
        least = number(record.object, "spec", "minReadySeconds")
        crew = Crew(pods, least, self._cluster.clock.now().timestamp())
        self._sets.set_status(record, _status(record, crew, revision))
        self._histories.trim(record, {revision.name, *(f"{key[1]}-{_hash(each)}" for each in pods)})
        return crew.again


def _hash(pod: Record) -> str:
    return text(pod.object, "metadata", "labels", _REVISION)


def _is_superfluous(record: Record, pod: Record, revision: Revision) -> bool:
    by_itself = text(record.object, "spec", "updateStrategy", "type") != "OnDelete"
    is_old = _hash(pod) != revision.hash
    return phase(pod) in ("Failed", "Succeeded") or (is_old and by_itself)


_BORNE = (
    ("NoExecute", "not-ready"),
    ("NoExecute", "unreachable"),
    ("NoSchedule", "disk-pressure"),
    ("NoSchedule", "memory-pressure"),
    ("NoSchedule", "pid-pressure"),
    ("NoSchedule", "unschedulable"),
)
"""What a node may be without a daemon leaving it."""


def _pod(record: Record, revision: Revision) -> Object:
    pod = pod_of(record, f"{record.key[1]}-{suffix()}")
    generation = text(record.object, "metadata", "annotations", _COUNTED) or "1"
    part(pod, "metadata", "labels").update({_REVISION: revision.hash, _GENERATION: generation})
    spec = part(pod, "spec")
    borne: list[Object] = [
        {"key": f"node.kubernetes.io/{key}", "operator": "Exists", "effect": effect}
        for effect, key in _BORNE
    ]
    spec["tolerations"] = objects(spec, "tolerations") + borne
    field: Object = {"key": "metadata.name", "operator": "In", "values": [NODE]}
    required = "requiredDuringSchedulingIgnoredDuringExecution"
    here: Object = {"nodeSelectorTerms": [{"matchFields": [field]}]}
    part(spec, "affinity", "nodeAffinity")[required] = here
    return copy_of(pod)


def _status(record: Record, crew: Crew, revision: Revision) -> Object:
    updated = sum(_hash(each) == revision.hash for each in crew.pods)
    return {
        "observedGeneration": number(record.object, "metadata", "generation"),
        "desiredNumberScheduled": 1,
        "currentNumberScheduled": min(len(crew.pods), 1),
        "updatedNumberScheduled": updated or None,
        "numberMisscheduled": 0,
        "numberReady": crew.ready,
        "numberAvailable": crew.available or None,
        "numberUnavailable": (1 - crew.available) or None,
    }
