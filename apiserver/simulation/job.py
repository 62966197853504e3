"""Jobs: pods that run to their end."""

from __future__ import annotations

from collections.abc import Iterable

from apiserver.clock import moment_of
from apiserver.cluster import Cluster
from apiserver.simulation.office import Office, condition, controller_key
from apiserver.simulation.replica_set import MOST_PODS, PODS, pod_of
from apiserver.simulation.revision import suffix
from apiserver.storage import Event, Key, Record
from apiserver.value import Object, number, objects, section, text

SHELF = ("batch", "jobs")


class Jobs:
    """The controller of Jobs."""

    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster
        self._jobs = Office(cluster, "batch", "Job")
        self._pods = Office(cluster, "", "Pod")

    def keys(self, event: Event) -> Iterable[Key]:
        """Jobs that were written, or whose pods were."""
        if event.shelf == SHELF:
            return [event.now.key]
        if event.shelf == PODS:
            owner = controller_key(event.now.object, "Job")
            return [owner] if owner else []
        return []

    def reconcile(self, key: Key) -> float | None:
        """Start the pods that are missing; complete the job when enough have succeeded."""
        record = self._jobs.find(key)
        if record is None or record.is_terminating or _is_managed_elsewhere(record.object):
            return None
        if _is_over(record.object):
            return self._expire(record)
        pods = self._pods.owned(record)
        if section(record.object, "spec").get("suspend") is True:
            self._jobs.set_status(record, _suspended(record.object, self._cluster.stamp()))
            return None
        spec = section(record.object, "spec")
        wanted = min(number(spec, "completions", default=1), MOST_PODS)
        room = number(spec, "parallelism", default=1)
        active = [each for each in pods if _phase(each) in ("Pending", "Running", "")]
        failed = sum(_phase(each) == "Failed" for each in pods)
        missing = wanted - (len(pods) - failed)
        if failed > number(spec, "backoffLimit", default=6):
            missing = 0
        for _ in range(min(missing, room - len(active))):
            pods.append(self._pods.create(pod_of(record, f"{key[1]}-{suffix()}")))
        self._jobs.set_status(record, _status(record.object, pods, wanted, self._cluster.stamp()))
        return None

    def _expire(self, record: Record) -> float | None:
        """Delete a job whose time to live is over."""
        ttl = section(record.object, "spec").get("ttlSecondsAfterFinished")
        ended = moment_of(_end(record.object))
        if not isinstance(ttl, int) or ended is None:
            return None
        left = ended.timestamp() + ttl - self._cluster.clock.now().timestamp()
        if left > 0:
            return left
        self._jobs.delete(record)
        return None


def _is_managed_elsewhere(job: Object) -> bool:
    """Whether the job names another controller than this one, which then leaves it alone."""
    return text(job, "spec", "managedBy") not in ("", "kubernetes.io/job-controller")


def _phase(pod: Record) -> str:
    return text(pod.object, "status", "phase")


def _end(job: Object) -> str:
    """When a job was over; empty for one that is not."""
    for each in objects(job, "status", "conditions"):
        if text(each, "type") in ("Complete", "Failed") and text(each, "status") == "True":
            return text(each, "lastTransitionTime")
    return ""


def _is_over(job: Object) -> bool:
    return bool(_end(job))


def _suspended(job: Object, now: str) -> Object:
    new: Object = {
        "type": "Suspended",
        "status": "True",
        "reason": "JobSuspended",
        "message": "Job suspended",
    }
    before = section(job, "status")
    return {"conditions": [{**condition(before, new, now), "lastProbeTime": now}], "ready": 0,
        "terminating": 0, "uncountedTerminatedPods": {}}  # fmt: skip


def _status(job: Object, pods: list[Record], wanted: int, now: str) -> Object:
    done = sum(_phase(each) == "Succeeded" for each in pods)
    active = sum(_phase(each) in ("Pending", "Running", "") for each in pods)
    ready = sum(_phase(each) == "Running" for each in pods)
    status: Object = {
        "startTime": text(job, "status", "startTime") or now,
        "active": active or None,
        "succeeded": done or None,
        "ready": ready,
        "terminating": 0,
        "uncountedTerminatedPods": {},
    }
    failed = sum(_phase(each) == "Failed" for each in pods)
    status["failed"] = failed or None
    if done >= wanted:
        status["completionTime"] = now
        status["conditions"] = [_reached(each, _DONE, now) for each in
            ("SuccessCriteriaMet", "Complete")]  # fmt: skip
    elif failed > number(job, "spec", "backoffLimit", default=6):
        status["conditions"] = [_reached(each, _GAVE_UP, now) for each in
            ("FailureTarget", "Failed")]  # fmt: skip
    elif any(each.get("type") == "Suspended" for each in objects(job, "status", "conditions")):
        status["conditions"] = [_resumed(section(job, "status"), now)]
    return status


_DONE = ("CompletionsReached", "Reached expected number of succeeded pods")
_GAVE_UP = ("BackoffLimitExceeded", "Job has reached the specified backoff limit")


def _resumed(before: Object, now: str) -> Object:
    new: Object = {
        "type": "Suspended",
        "status": "False",
        "reason": "JobResumed",
        "message": "Job resumed",
    }
    return {"lastProbeTime": now, **condition(before, new, now)}


def _reached(kind: str, why: tuple[str, str], now: str) -> Object:
    return {
        "type": kind,
        "status": "True",
        "reason": why[0],
        "message": why[1],
        "lastProbeTime": now,
        "lastTransitionTime": now,
    }
