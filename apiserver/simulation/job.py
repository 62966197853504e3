"""Jobs: pods that run to their end.

Behaviour: the job controller of Kubernetes 1.36, but that a pod which has failed is replaced at
once: nobody has to wait for a back-off.
"""

from __future__ import annotations

from collections.abc import Iterable

from apiserver.clock import moment_of
from apiserver.cluster import Cluster
from apiserver.simulation.job_pod import job_pod
from apiserver.simulation.job_status import (
    DONE,
    FAILED,
    end_of,
    kept_conditions,
    over,
    resumed,
    suspended,
)
from apiserver.simulation.job_tally import Tally
from apiserver.simulation.office import Office, controller_key
from apiserver.simulation.pod import SHELF as PODS
from apiserver.storage import Event, Key, Record
from apiserver.value import Object, section, text

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
        """Start the pods that are missing; end the job when enough have succeeded, or failed."""
        record = self._jobs.find(key)
        if record is None or record.is_terminating or _is_managed_elsewhere(record.object):
            return None
        if end_of(record.object):
            return self._expire(record)
        if section(record.object, "spec").get("suspend") is True:
            self._suspend(record)
            return None
        tally = Tally(record.object, list(self._pods.owned(record)))
        left = self._time_left(record)
        verdict = tally.verdict(is_late=left is not None and left <= 0)
        if verdict is None:
            for index in tally.missing():
                tally.pods.append(self._pods.create(job_pod(record, index)))
            self._tell(record, tally, kept_conditions(record.object))
            return left
        kind, why = verdict
        self._stop(tally, failed=kind == FAILED)
        self._tell(record, tally, over(record.object, kind, why, self._cluster.stamp()))
        return None

    def _stop(self, tally: Tally, *, failed: bool) -> None:
        for each in tally.active:
            self._pods.delete(each, grace=0)
        tally.stop(failed=failed)

    def _time_left(self, record: Record) -> float | None:
        """Seconds until a job has been active for too long."""
        limit = section(record.object, "spec").get("activeDeadlineSeconds")
        if not isinstance(limit, int):
            return None
        begun = moment_of(text(record.object, "status", "startTime"))
        now = self._cluster.clock.now()
        return (begun or now).timestamp() + limit - now.timestamp()

    def _tell(self, record: Record, tally: Tally, conditions: list[Object]) -> None:
        now = self._cluster.stamp()
        if section(record.object, "status").get("conditions") and not text(
            record.object, "status", "startTime"
        ):
            conditions = resumed(record.object, conditions, now)
        status: Object = {
            "startTime": text(record.object, "status", "startTime") or now,
            **tally.counts(),
            "conditions": conditions or None,
        }
        if any(text(each, "type") == DONE for each in conditions):
            status["completionTime"] = now
        self._jobs.set_status(record, status)

    def _suspend(self, record: Record) -> None:
        tally = Tally(record.object, list(self._pods.owned(record)))
        self._stop(tally, failed=False)
        conditions = suspended(record.object, self._cluster.stamp())
        self._jobs.set_status(record, {**tally.counts(), "conditions": conditions})

    def _expire(self, record: Record) -> float | None:
        """Delete a job whose time to live is over."""
        ttl = section(record.object, "spec").get("ttlSecondsAfterFinished")
        ended = moment_of(end_of(record.object))
        if not isinstance(ttl, int) or ended is None:
            return None
        left = ended.timestamp() + ttl - self._cluster.clock.now().timestamp()
        if left > 0:
            return left
        self._jobs.delete(record, propagation="Background")
        return None


def _is_managed_elsewhere(job: Object) -> bool:
    """Whether the job names another controller than this one, which then leaves it alone."""
    return text(job, "spec", "managedBy") not in ("", "kubernetes.io/job-controller")
