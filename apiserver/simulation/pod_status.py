"""What the kubelet tells of a pod, by how it goes with it."""

from __future__ import annotations

from typing import Literal

from apiserver.clock import moment_of
from apiserver.fate import Fate
from apiserver.simulation.office import condition
from apiserver.value import Object, number, objects, section, text

BROKEN = "broken"
Course = Literal["well", "starting", "failing"]
RESTART = 1.0
"""Seconds between two starts of a container that fails; a real kubelet waits ten, then longer."""
MOST_RESTARTS = 10
"""How often a container that fails is started again; a real kubelet would go on."""


def course_of(fate: Fate, left: float) -> Course:
    """How it goes with a pod that has `left` seconds to wait."""
    if left:
        return "starting"
    return "failing" if fate.outcome == "failed" else "well"


def restarts_at(started: float, now: float) -> int:
    """How often containers that fail have been started again, in a pod that was started then."""
    return min(int((now - started) / RESTART) + 1, MOST_RESTARTS)


def is_broken(container: Object) -> bool:
    """Whether a container's image cannot be pulled: its tag says so."""
    last = text(container, "image").rpartition("/")[2]
    return BROKEN in last.partition(":")[2]


def waiting_for_node(pod: Object, now: str) -> Object:
    """The status of a pod that no node has room for."""
    before = section(pod, "status")
    new: Object = {
        "type": "PodScheduled",
        "status": "False",
        "reason": "Unschedulable",
        "message": "0/1 nodes are available: the pod is asked to wait.",
        "lastProbeTime": None,
    }
    return {**before, "phase": "Pending", "conditions": [condition(before, new, now)]}


def told(pod: Object, status: Object, course: Course, now: str) -> Object:
    """The status of a pod that has a node."""
    spec = section(pod, "spec")
    containers = objects(spec, "containers")
    broken = any(map(is_broken, containers + objects(spec, "initContainers")))
    phase = _phase(text(spec, "restartPolicy"), course, is_broken=broken)
    before = {"conditions": status.get("conditions")}
    conditions = [_condition(before, each, phase, course, now) for each in _CONDITIONS]
    states = [_container(each, status, phase, course, now) for each in containers]
    return {**status, "phase": phase, "conditions": conditions, "containerStatuses": states}


_CONDITIONS = ("PodReadyToStartContainers", "Initialized", "Ready", "ContainersReady",
    "PodScheduled")  # fmt: skip
_OVER = ("Succeeded", "Failed")


def _phase(restarts: str, course: Course, *, is_broken: bool) -> str:
    if is_broken or course == "starting":
        return "Pending"
    if course == "failing":
        return "Failed" if restarts == "Never" else "Running"
    return "Running" if restarts == "Always" else "Succeeded"


def _condition(before: Object, kind: str, phase: str, course: Course, now: str) -> Object:
    is_fine = {
        "PodReadyToStartContainers": phase not in _OVER,
        "Ready": phase == "Running" and course == "well",
        "ContainersReady": phase == "Running" and course == "well",
    }.get(kind, True)
    new: Object = {"type": kind, "status": "True" if is_fine else "False", "lastProbeTime": None}
    if not is_fine and kind in ("Ready", "ContainersReady"):
        reasons = {"Succeeded": "PodCompleted", "Failed": "PodFailed"}
        new["reason"] = reasons.get(phase, "ContainersNotReady")
    return condition(before, new, now)


def _container(container: Object, status: Object, phase: str, course: Course, now: str) -> Object:
    state = _state(container, status, phase, course, now)
    runs = "running" in state
    fails_again = course == "failing" and phase == "Running"
    return {
        "name": text(container, "name"),
        "image": text(container, "image"),
        "imageID": "",
        "ready": runs,
        "started": runs,
        "restartCount": _restarts(status, now) if fails_again else 0,
        "state": state,
        "lastState": {"terminated": _end(status, now, code=1)} if fails_again else {},
    }


def _restarts(status: Object, now: str) -> int:
    begun, moment = moment_of(text(status, "startTime")), moment_of(now)
    if begun is None or moment is None:
        return 1
    return restarts_at(begun.timestamp(), moment.timestamp())


def _state(container: Object, status: Object, phase: str, course: Course, now: str) -> Object:
    if is_broken(container):
        message = f'Back-off pulling image "{text(container, "image")}"'
        return {"waiting": {"reason": "ImagePullBackOff", "message": message}}
    if course == "starting":
        return {"waiting": {"reason": "ContainerCreating"}}
    if phase in _OVER:
        return {"terminated": _end(status, now, code=1 if phase == "Failed" else 0)}
    if course == "failing":
        message = f"back-off 5m0s restarting failed container={text(container, 'name')}"
        return {"waiting": {"reason": "CrashLoopBackOff", "message": message}}
    return {"running": {"startedAt": text(status, "startTime") or now}}


def _end(status: Object, now: str, *, code: int) -> Object:
    """How a container ended; told once, so that the status does not change with the time."""
    for each in objects(status, "containerStatuses"):
        for key in ("state", "lastState"):
            known = section(each, key, "terminated")
            if known and number(known, "exitCode") == code:
                return known
    begun = text(status, "startTime") or now
    reason = "Error" if code else "Completed"
    return {"exitCode": code, "reason": reason, "startedAt": begun, "finishedAt": now}
