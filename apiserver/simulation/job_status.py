"""The conditions of a Job. Pure."""

from __future__ import annotations

from apiserver.simulation.office import condition
from apiserver.value import Object, objects, section, text

DONE = "Complete"
FAILED = "Failed"
_FIRST = {DONE: "SuccessCriteriaMet", FAILED: "FailureTarget"}
"""What is said before a job is over: it only waits for its last pods."""


def end_of(job: Object) -> str:
    """When a job was over; empty for one that is not."""
    for each in objects(job, "status", "conditions"):
        if text(each, "type") in _FIRST and text(each, "status") == "True":
            return text(each, "lastTransitionTime")
    return ""


def kept_conditions(job: Object) -> list[Object]:
    """What was told and goes on to be true."""
    return objects(job, "status", "conditions")


def over(job: Object, kind: str, why: tuple[str, str], now: str) -> list[Object]:
    """The conditions of a job that is over: Complete or Failed, for a reason in two forms."""
    said = [_told(job, each, "True", why, now) for each in (_FIRST[kind], kind)]
    return [*kept_conditions(job), *said]


def suspended(job: Object, now: str) -> list[Object]:
    """The conditions of a job that waits to be resumed."""
    return [_told(job, "Suspended", "True", ("JobSuspended", "Job suspended"), now)]


def resumed(job: Object, conditions: list[Object], now: str) -> list[Object]:
    """The conditions once a job has been suspended and goes on."""
    others = [each for each in conditions if text(each, "type") != "Suspended"]
    return [_told(job, "Suspended", "False", ("JobResumed", "Job resumed"), now), *others]


def _told(job: Object, kind: str, status: str, why: tuple[str, str], now: str) -> Object:
    new: Object = {"type": kind, "status": status, "reason": why[0], "message": why[1]}
    told = condition(section(job, "status"), new, now)
    return {**told, "lastProbeTime": told["lastTransitionTime"]}
