"""Jobs and CronJobs."""

from __future__ import annotations

from apiserver.cause import at_least, immutable, invalid, required, unsupported
from apiserver.cluster import Cluster
from apiserver.refusal import Cause
from apiserver.rule.pod import default_template
from apiserver.rule.pod_check import spec_faults, template_faults
from apiserver.schedule import Schedule, ScheduleError, is_zone
from apiserver.strategy import Strategy
from apiserver.value import Object, objects, part, section, text

_PREFIX = "batch.kubernetes.io/"


def _default_job(new: Object) -> None:
    spec = part(new, "spec")
    if spec.get("completions") is None and spec.get("parallelism") is None:
        spec["completions"] = 1
    spec.setdefault("parallelism", 1)
    spec.setdefault("backoffLimit", 6)
    spec.setdefault("completionMode", "NonIndexed")
    spec.setdefault("suspend", False)
    spec.setdefault("manualSelector", False)
    failing = section(spec, "podFailurePolicy")
    for rule in objects(failing, "rules"):
        for pattern in objects(rule, "onPodConditions"):
            pattern.setdefault("status", "True")
    spec.setdefault("podReplacementPolicy", "Failed" if failing else "TerminatingOrFailed")
    default_template(spec)


def _prepare_job(cluster: Cluster, new: Object, old: Object | None) -> None:
    """Select the job's own pods by its uid, unless its author has chosen otherwise."""
    spec = part(new, "spec")
    if old is not None:
        _keep_selection(spec, section(old, "spec"))
    elif spec.get("manualSelector") is not True:
        uid, name = text(new, "metadata", "uid"), text(new, "metadata", "name")
        labels = part(spec, "template", "metadata", "labels")
        labels.update({f"{_PREFIX}controller-uid": uid, f"{_PREFIX}job-name": name})
        labels.update({"controller-uid": uid, "job-name": name})
        spec["selector"] = {"matchLabels": {f"{_PREFIX}controller-uid": uid}}
        if not section(new, "metadata", "labels"):
            part(new, "metadata")["labels"] = dict(labels)


def _keep_selection(spec: Object, before: Object) -> None:
    """A client that sends its own manifest again does not know what was filled in."""
    if "selector" not in spec and "selector" in before:
        spec["selector"] = before["selector"]
    labels = part(spec, "template", "metadata", "labels")
    for key, value in section(before, "template", "metadata", "labels").items():
        if key.removeprefix(_PREFIX) in ("controller-uid", "job-name"):
            labels.setdefault(key, value)


def _check_job(new: Object, old: Object | None) -> list[Cause]:
    spec = section(new, "spec")
    found = [
        each
        for key in ("parallelism", "completions", "backoffLimit", "ttlSecondsAfterFinished")
        for each in at_least(f"spec.{key}", spec.get(key))
    ]
    found += template_faults(spec)
    found += _restart_faults(spec, "spec.template.spec.restartPolicy")
    fixed = ["spec.selector", "spec.completionMode"]
    if section(old, "spec").get("suspend") is not True:
        fixed.append("spec.template")
    if text(spec, "completionMode") != "Indexed":
        fixed.append("spec.completions")
    return found + immutable(new, old, *fixed)


def _restart_faults(job: Object, path: str) -> list[Cause]:
    policy, choices = text(job, "template", "spec", "restartPolicy"), ("OnFailure", "Never")
    if policy in choices:
        return []
    return [required(path, 'valid values: "OnFailure", "Never"')] if policy == "Always" else []


def _default_cron_job(new: Object) -> None:
    spec = part(new, "spec")
    spec.setdefault("concurrencyPolicy", "Allow")
    spec.setdefault("suspend", False)
    spec.setdefault("successfulJobsHistoryLimit", 3)
    spec.setdefault("failedJobsHistoryLimit", 1)
    default_template(part(spec, "jobTemplate", "spec"))


def _check_cron_job(new: Object, old: Object | None) -> list[Cause]:
    spec = section(new, "spec")
    found = _schedule_faults(spec)
    policy, policies = text(spec, "concurrencyPolicy"), ("Allow", "Forbid", "Replace")
    if policy not in policies:
        found.append(unsupported("spec.concurrencyPolicy", policy, policies))
    path, job = "spec.jobTemplate.spec.template.spec", section(spec, "jobTemplate", "spec")
    found += spec_faults(section(job, "template", "spec"), path)
    return found + _restart_faults(job, f"{path}.restartPolicy")


def _schedule_faults(spec: Object) -> list[Cause]:
    found, schedule, zone = [], text(spec, "schedule"), text(spec, "timeZone")
    if "TZ" in schedule:
        why = "cannot use TZ or CRON_TZ in schedule, use timeZone field instead"
        found.append(invalid("spec.schedule", schedule, why))
    elif not schedule:
        found.append(required("spec.schedule"))
    else:
        try:
            Schedule.parse(schedule)
        except ScheduleError as error:
            found.append(invalid("spec.schedule", schedule, str(error)))
    if zone and not is_zone(zone):
        found.append(invalid("spec.timeZone", zone, f"unknown time zone {zone}"))
    return found


JOB = Strategy(_default_job, _prepare_job, _check_job)
CRON_JOB = Strategy(_default_cron_job, check=_check_cron_job)
