"""The scheduler and the kubelet: a pod gets a node, starts, is ready, ends."""

from __future__ import annotations

from collections.abc import Iterable

from apiserver.cluster import Cluster
from apiserver.fate import Fate
from apiserver.finalizer import is_released
from apiserver.simulation.node import ADDRESS, NAME
from apiserver.simulation.office import Office
from apiserver.simulation.pod import SHELF as PODS
from apiserver.simulation.pod_status import (
    MOST_RESTARTS,
    RESTART,
    course_of,
    told,
    waiting_for_node,
)
from apiserver.simulation.prospect import concerned, fate_of_pod, time_left
from apiserver.storage import Event, Key, Record
from apiserver.value import Object, copy_of, number, objects, part, section, text


class Kubelet:
    """The controller of pods."""

    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster
        self._pods = Office(cluster, "", "Pod", manager="kubelet")
        self._started = 0

    def keys(self, event: Event) -> Iterable[Key]:
        """Pods that were written, and those whose workload says anew how it shall go."""
        if event.shelf == PODS:
            return [event.now.key] if event.type != "DELETED" else []
        return concerned(self._cluster, event)

    def reconcile(self, key: Key) -> float | None:
        """Take a pod one step further."""
        record = self._pods.find(key)
        if record is None:
            return None
        if record.is_terminating:
            self._end(record)
            return None
        fate = fate_of_pod(self._cluster, record.object)
        if not text(record.object, "spec", "nodeName"):
            self._schedule(record, fate)
        elif text(record.object, "status", "phase") in ("Pending", "Running", ""):
            return self._run(record, fate)
        return None

    def _schedule(self, record: Record, fate: Fate) -> None:
        if objects(record.object, "spec", "schedulingGates"):
            return
        if fate.outcome == "pending":
            status = waiting_for_node(record.object, self._cluster.stamp())
            self._pods.set_status(record, status)
            return
        # As a Binding does: no field manager owns the choice of the node.
        content = copy_of(record.object)
        part(content, "spec")["nodeName"] = NAME
        self._cluster.storage.put(PODS, content)

    def _run(self, record: Record, fate: Fate) -> float | None:
        status, now = copy_of(section(record.object, "status")), self._cluster.stamp()
        if not text(status, "podIP"):
            self._started += 1
            low, high = self._started % 254 + 1, self._started // 254 % 256
            status["podIP"] = f"10.244.{high}.{low}"
            status["podIPs"] = [{"ip": status["podIP"]}]
            status["hostIP"] = ADDRESS
            status["startTime"] = now
        left = time_left(self._cluster, record.object, fate)
        new = told(record.object, status, course_of(fate, left), now)
        self._pods.set_status(record, new)
        return left or (RESTART if _is_restarted(new) else None)

    def _end(self, record: Record) -> None:
        """No process has to stop: the grace period is over at once."""
        content = copy_of(record.object)
        part(content, "metadata")["deletionGracePeriodSeconds"] = 0
        if is_released(content):
            self._cluster.storage.remove(PODS, record)


def _is_restarted(status: Object) -> bool:
    """Whether a container fails and will be started again."""
    counts = [number(each, "restartCount") for each in objects(status, "containerStatuses")]
    return 0 < max(counts, default=0) < MOST_RESTARTS
