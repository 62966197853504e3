"""The scheduler and the kubelet: a pod gets a node, starts, is ready, ends."""

from __future__ import annotations

from collections.abc import Iterable

from apiserver.cluster import Cluster
from apiserver.finalizer import is_released
from apiserver.simulation.office import Office, condition
from apiserver.storage import Event, Key, Record
from apiserver.value import Object, copy_of, objects, part, section, text

PODS = ("", "pods")
NODE = "embedded"
ADDRESS = "192.0.2.10"
BROKEN = "broken"


def is_ready(pod: Object) -> bool:
    """Whether a pod's Ready condition is true."""
    return any(
        each.get("type") == "Ready" and each.get("status") == "True"
        for each in objects(pod, "status", "conditions")
    )


def is_broken(container: Object) -> bool:
    """Whether a container's image cannot be pulled: its tag says so."""
    last = text(container, "image").rpartition("/")[2]
    return BROKEN in last.partition(":")[2]


class Kubelet:
    """The controller of pods."""

    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster
        self._pods = Office(cluster, "", "Pod", manager="kubelet")
        self._started = 0

    def keys(self, event: Event) -> Iterable[Key]:
        """Pods that were written."""
        return [event.now.key] if event.shelf == PODS and event.type != "DELETED" else []

    def reconcile(self, key: Key) -> float | None:
        """Take a pod one step further."""
        record = self._pods.find(key)
        if record is None:
            return None
        if record.is_terminating:
            self._end(record)
        elif not text(record.object, "spec", "nodeName"):
            self._schedule(record)
        elif text(record.object, "status", "phase") in ("Pending", "Running", ""):
            self._run(record)
        return None

    def _schedule(self, record: Record) -> None:
        if objects(record.object, "spec", "schedulingGates"):
            return
        # As a Binding does: no field manager owns the choice of the node.
        content = copy_of(record.object)
        part(content, "spec")["nodeName"] = NODE
        self._cluster.storage.put(PODS, content)

    def _run(self, record: Record) -> None:
        status = copy_of(section(record.object, "status"))
        if not text(status, "podIP"):
            self._started += 1
            low, high = self._started % 254 + 1, self._started // 254 % 256
            status["podIP"] = f"10.244.{high}.{low}"
            status["podIPs"] = [{"ip": status["podIP"]}]
            status["hostIP"] = ADDRESS
            status["startTime"] = self._cluster.stamp()
        now = self._cluster.stamp()
        self._pods.set_status(record, _running(record.object, status, now))

    def _end(self, record: Record) -> None:
        """No process has to stop: the grace period is over at once."""
        content = copy_of(record.object)
        part(content, "metadata")["deletionGracePeriodSeconds"] = 0
        if is_released(content):
            self._cluster.storage.remove(PODS, record)


def _running(pod: Object, status: Object, now: str) -> Object:
    spec = section(pod, "spec")
    ends = text(spec, "restartPolicy") != "Always"
    containers = objects(spec, "containers")
    broken = any(map(is_broken, containers + objects(spec, "initContainers")))
    is_done = ends and not broken
    phase = "Pending" if broken else "Succeeded" if is_done else "Running"
    fine = phase == "Running"
    before = {"conditions": status.get("conditions")}
    kinds = (
        ("PodReadyToStartContainers", not is_done),
        ("Initialized", True),
        ("Ready", fine),
        ("ContainersReady", fine),
        ("PodScheduled", True),
    )
    conditions = [_condition(before, kind, ok, is_done, now) for kind, ok in kinds]
    states = [_container(each, status, now, ends=is_done) for each in containers]
    return {**status, "phase": phase, "conditions": conditions, "containerStatuses": states}


def _condition(before: Object, kind: str, ok: bool, is_done: bool, now: str) -> Object:
    new: Object = {"type": kind, "status": "True" if ok else "False", "lastProbeTime": None}
    if not ok and kind in ("Ready", "ContainersReady"):
        new["reason"] = "PodCompleted" if is_done else "ContainersNotReady"
    return condition(before, new, now)


def _container(container: Object, status: Object, now: str, *, ends: bool) -> Object:
    begun = text(status, "startTime") or now
    image = text(container, "image")
    state: Object = {"running": {"startedAt": begun}}
    if is_broken(container):
        told = f'Back-off pulling image "{image}"'
        state = {"waiting": {"reason": "ImagePullBackOff", "message": told}}
    elif ends:
        over: Object = {"exitCode": 0, "reason": "Completed", "startedAt": begun, "finishedAt": now}
        state = {"terminated": over}
    runs = "running" in state
    return {
        "name": text(container, "name"),
        "image": image,
        "imageID": "",
        "ready": runs,
        "started": runs,
        "restartCount": 0,
        "state": state,
        "lastState": {},
    }
