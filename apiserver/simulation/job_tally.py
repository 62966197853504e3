"""How far a Job is with its pods. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from apiserver.simulation.job_pod import index_of
from apiserver.simulation.job_status import DONE, FAILED
from apiserver.simulation.pod import MOST_PODS, is_active, phase
from apiserver.simulation.pod_status import MOST_RESTARTS
from apiserver.storage import Record
from apiserver.value import Object, number, objects, section, text

Verdict = tuple[str, tuple[str, str]]
"""Complete or Failed; a reason, and a message."""

_REACHED = (DONE, ("CompletionsReached", "Reached expected number of succeeded pods"))
_GAVE_UP = (FAILED, ("BackoffLimitExceeded", "Job has reached the specified backoff limit"))
_LATE = (FAILED, ("DeadlineExceeded", "Job was active longer than specified deadline"))
_INDEXES = (FAILED, ("FailedIndexes", "Job has failed indexes"))
_TOO_MANY = (
    FAILED,
    ("MaxFailedIndexesExceeded", "Job has exceeded the specified maximal number of failed indexes"),
)


class Tally:
    """A job's pods, counted."""

    def __init__(self, job: Object, pods: list[Record]) -> None:
        self._spec = section(job, "spec")
        self.pods = pods
        self.is_indexed = text(self._spec, "completionMode") == "Indexed"
        self.failed = sum(phase(each) == "Failed" for each in pods)
        self._limit = number(self._spec, "backoffLimit", default=6)

    @property
    def active(self) -> list[Record]:
        """The pods that are not over."""
        return [each for each in self.pods if is_active(each)]

    @property
    def _succeeded(self) -> int:
        if self.is_indexed:
            return len(self._indexes("Succeeded"))
        return sum(phase(each) == "Succeeded" for each in self.pods)

    def _indexes(self, word: str) -> set[int]:
        return {index_of(each) for each in self.pods if phase(each) == word}

    @property
    def _wanted(self) -> int | None:
        """How many have to succeed; None: any one, once all are over."""
        count = self._spec.get("completions")
        return min(count, MOST_PODS) if isinstance(count, int) else None

    def verdict(self, *, is_late: bool) -> Verdict | None:
        """How the job ends, if it does now."""
        if self._is_done():
            return _REACHED
        if is_late:
            return _LATE
        if self._spec.get("backoffLimitPerIndex") is not None:
            return self._verdict_by_index()
        return _GAVE_UP if self._has_failed_too_often() else None

    def _is_done(self) -> bool:
        wanted = self._wanted
        if wanted is None:
            return bool(self._succeeded) and not self.active
        return self._succeeded >= wanted

    def _has_failed_too_often(self) -> bool:
        restarts = [_restarts(each) for each in self.active]
        # No pod is started again for ever: one at its end is past any limit.
        hopeless = any(each >= MOST_RESTARTS for each in restarts)
        return self.failed + sum(restarts) > self._limit or hopeless

    def _verdict_by_index(self) -> Verdict | None:
        lost, most = self._lost_indexes(), self._spec.get("maxFailedIndexes")
        if isinstance(most, int) and len(lost) > most:
            return _TOO_MANY
        is_over = len(lost | self._indexes("Succeeded")) >= (self._wanted or 0)
        return _INDEXES if lost and is_over else None

    def _lost_indexes(self) -> set[int]:
        limit = number(self._spec, "backoffLimitPerIndex")
        failures = [index_of(each) for each in self.pods if phase(each) == "Failed"]
        return {each for each in failures if failures.count(each) > limit}

    def missing(self) -> Iterator[int | None]:
        """The pods to start now: their indexes, or None where they have none."""
        room = min(number(self._spec, "parallelism", default=1), MOST_PODS) - len(self.active)
        if self.is_indexed:
            taken = self._indexes("Succeeded") | {index_of(each) for each in self.active}
            if self._spec.get("backoffLimitPerIndex") is not None:
                taken |= self._lost_indexes()
            free = [each for each in range(self._wanted or 0) if each not in taken]
            yield from free[: max(room, 0)]
            return
        wanted = self._wanted
        if wanted is not None:
            room = min(room, wanted - self._succeeded - len(self.active))
        elif self._succeeded:
            room = 0
        yield from [None] * room

    def stop(self, *, failed: bool) -> None:
        """The pods that are active are made to end; do they count as failed?"""
        self.failed += len(self.active) if failed else 0
        self.pods = [each for each in self.pods if not is_active(each)]

    def counts(self) -> Object:
        """What the job's status says of its pods."""
        active = self.active
        found: Object = {
            "active": len(active) or None,
            "succeeded": self._succeeded or None,
            "failed": self.failed or None,
            "ready": sum(phase(each) == "Running" for each in active),
            "terminating": 0,
            "uncountedTerminatedPods": {},
        }
        if self.is_indexed:
            found["completedIndexes"] = intervals(self._indexes("Succeeded")) or None
            if self._spec.get("backoffLimitPerIndex") is not None:
                found["failedIndexes"] = intervals(self._lost_indexes())
        return found


def _restarts(pod: Record) -> int:
    """How often the containers of a pod have been started again by the pod itself."""
    if text(pod.object, "spec", "restartPolicy") != "OnFailure":
        return 0
    counted = objects(pod.object, "status", "containerStatuses")
    return sum(number(each, "restartCount") for each in counted)


def intervals(numbers: Iterable[int]) -> str:
    """`{0, 1, 2, 5, 7, 8}` → `0-2,5,7,8`, as the real server writes indexes."""
    runs: list[list[int]] = []
    for each in sorted(numbers):
        if runs and each == runs[-1][-1] + 1:
            runs[-1].append(each)
        else:
            runs.append([each])
    return ",".join(map(_run, runs))


def _run(run: list[int]) -> str:
    # Two neighbours are no range.
    return f"{run[0]}-{run[-1]}" if len(run) > 2 else ",".join(map(str, run))
