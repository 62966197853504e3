"""CronJobs: a Job whenever the schedule says so, and few of those that are over."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from apiserver.clock import moment_of, stamp
from apiserver.cluster import Cluster
from apiserver.schedule import Schedule, ScheduleError
from apiserver.simulation.office import Office, controller_key, reference
from apiserver.storage import Event, Key, Record
from apiserver.value import Object, copy_of, number, objects, part, section, text

SHELF = ("batch", "cronjobs")
JOBS = ("batch", "jobs")
MOST_MISSED = 100
"""More runs than that are not caught up with, as in the real controller."""


class CronJobs:
    """The controller of CronJobs."""

    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster
        self._schedules = Office(cluster, "batch", "CronJob")
        self._jobs = Office(cluster, "batch", "Job")

    def keys(self, event: Event) -> Iterable[Key]:
        """CronJobs that were written, or whose Jobs were."""
        if event.shelf == SHELF:
            return [event.now.key]
        if event.shelf == JOBS:
            owner = controller_key(event.now.object, "CronJob")
            return [owner] if owner else []
        return []

    def reconcile(self, key: Key) -> float | None:
        """Start what is due, forget what is long over, and come again when the next run is due."""
        record = self._schedules.find(key)
        if record is None or record.is_terminating:
            return None
        jobs = self._jobs.owned(record)
        due, following = self._times(record)
        if due is not None:
            due = self._start(record, jobs, due)
        self._forget(record, jobs)
        self._tell(record, jobs, due)
        if following is None:
            return None
        return max((following - self._cluster.clock.now()).total_seconds(), 0.1)

    def _start(self, record: Record, jobs: list[Record], due: datetime) -> datetime | None:
        """Start a run, where it may begin. Answers it, also where it is there already."""
        if self._is_too_late(record, due) or not self._may_start(record, jobs):
            return None
        job = _job(record, due)
        name = text(job, "metadata", "name")
        if self._jobs.find((record.key[0], name)) is None:
            jobs.append(self._jobs.create(job))
        return due

    def _is_too_late(self, record: Record, due: datetime) -> bool:
        limit = section(record.object, "spec").get("startingDeadlineSeconds")
        late = (self._cluster.clock.now() - due).total_seconds()
        return isinstance(limit, int) and late > limit

    def _times(self, record: Record) -> tuple[datetime | None, datetime | None]:
        """The last run that is due and has not been, and the next one to come."""
        spec = section(record.object, "spec")
        last = moment_of(
            text(record.object, "status", "lastScheduleTime")
            or text(record.object, "metadata", "creationTimestamp")
        )
        try:
            schedule = Schedule.parse(text(spec, "schedule"))
        except ScheduleError:
            return None, None
        if spec.get("suspend") is True or last is None:
            return None, None
        zone = ZoneInfo(text(spec, "timeZone") or "UTC")
        return _due(schedule, last.astimezone(zone), self._cluster.clock.now().astimezone(zone))

    def _may_start(self, record: Record, jobs: list[Record]) -> bool:
        """Whether the policy lets another run begin; it may end those that are under way."""
        active = [each for each in jobs if not _end_of(each.object)]
        match text(record.object, "spec", "concurrencyPolicy"):
            case "Forbid":
                return not active
            case "Replace":
                for each in active:
                    self._jobs.delete(each, propagation="Background")
                    jobs.remove(each)
        return True

    def _forget(self, record: Record, jobs: list[Record]) -> None:
        for kind, limit in (("Complete", "successfulJobsHistoryLimit"),
                ("Failed", "failedJobsHistoryLimit")):  # fmt: skip
            over = [each for each in jobs if _end_of(each.object) == kind]
            over.sort(key=_begun)
            kept = number(record.object, "spec", limit, default=1)
            for each in over[: max(len(over) - kept, 0)]:
                self._jobs.delete(each, propagation="Background")
                jobs.remove(each)

    def _tell(self, record: Record, jobs: list[Record], due: datetime | None) -> None:
        before = section(record.object, "status")
        ends = [
            text(each.object, "status", "completionTime")
            for each in jobs
            if _end_of(each.object) == "Complete"
        ]
        known = {text(each, "uid"): each for each in objects(before, "active")}
        running = [each for each in jobs if not _end_of(each.object)]
        active = [known.get(each.uid) or _pointer(each) for each in running]
        last = stamp(due.astimezone(UTC)) if due else before.get("lastScheduleTime")
        self._schedules.set_status(
            record,
            {
                "active": active or None,
                "lastScheduleTime": last,
                "lastSuccessfulTime": max(ends, default=None) or before.get("lastSuccessfulTime"),
            },
        )


def _due(
    schedule: Schedule, last: datetime, now: datetime
) -> tuple[datetime | None, datetime | None]:
    due, following = None, schedule.after(last)
    for _ in range(MOST_MISSED):
        # Two moments of one zone compare by their wall clocks, which go back once a year.
        if following is None or following.astimezone(UTC) > now.astimezone(UTC):
            return due, following
        due, following = following, schedule.after(following)
    return due, schedule.after(now)


def _end_of(job: Object) -> str:
    """`Complete`, `Failed`, or empty for a Job that is under way."""
    for each in objects(job, "status", "conditions"):
        if text(each, "type") in ("Complete", "Failed") and text(each, "status") == "True":
            return text(each, "type")
    return ""


def _begun(job: Record) -> str:
    return text(job.object, "status", "startTime") or text(
        job.object, "metadata", "creationTimestamp"
    )


def _job(owner: Record, due: datetime) -> Object:
    """The Job of one run, named by the minute of it."""
    template = copy_of(section(owner.object, "spec", "jobTemplate"))
    metadata = part(template, "metadata")
    metadata |= {
        "name": f"{owner.key[1]}-{int(due.timestamp()) // 60}",
        "namespace": owner.key[0],
        "ownerReferences": [reference(owner)],
    }
    key = "batch.kubernetes.io/cronjob-scheduled-timestamp"
    part(metadata, "annotations")[key] = due.isoformat()
    return {"metadata": metadata, "spec": section(template, "spec")}


def _pointer(job: Record) -> Object:
    metadata = section(job.object, "metadata")
    return {
        "apiVersion": "batch/v1",
        "kind": "Job",
        "name": job.key[1],
        "namespace": job.key[0],
        "resourceVersion": metadata.get("resourceVersion"),
        "uid": job.uid,
    }
