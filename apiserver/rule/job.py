"""Jobs and CronJobs."""

from __future__ import annotations

from apiserver.cluster import Cluster
from apiserver.refusal import Cause
from apiserver.rule.fault import immutable, required, unsupported
from apiserver.rule.pod import default_template, spec_faults, template_faults
from apiserver.strategy import Strategy
from apiserver.value import Object, part, section, text

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
    found = list(template_faults(spec))
    policy = text(spec, "template", "spec", "restartPolicy")
    if policy == "Always":
        path = "spec.template.spec.restartPolicy"
        found.append(unsupported(path, policy, ("OnFailure", "Never")))
    fixed = ["spec.selector", "spec.completionMode"]
    if section(old, "spec").get("suspend") is not True:
        fixed.append("spec.template")
    if text(spec, "completionMode") != "Indexed":
        fixed.append("spec.completions")
    return found + immutable(new, old, *fixed)


def _default_cron_job(new: Object) -> None:
    spec = part(new, "spec")
    spec.setdefault("concurrencyPolicy", "Allow")
    spec.setdefault("suspend", False)
    spec.setdefault("successfulJobsHistoryLimit", 3)
    spec.setdefault("failedJobsHistoryLimit", 1)
    default_template(part(spec, "jobTemplate", "spec"))


def _check_cron_job(new: Object, old: Object | None) -> list[Cause]:
    spec = section(new, "spec")
    found = [] if text(spec, "schedule") else [required("spec.schedule")]
    template = section(spec, "jobTemplate", "spec", "template", "spec")
    return found + list(spec_faults(template, "spec.jobTemplate.spec.template.spec"))


JOB = Strategy(_default_job, _prepare_job, _check_job)
CRON_JOB = Strategy(_default_cron_job, check=_check_cron_job)
