"""What the kinds that Kubernetes itself knows say of their readiness: one rule a kind.

A rule sees objects only after the general ones (`readiness.py`) had nothing to say.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta

from shared.manifest.identity import Manifest, metadata, section, text
from shared.manifest.status_condition import (
    Condition,
    Unreadable,
    conditions,
    generation_of,
)
from shared.manifest.verdict import Readiness, current, failed, in_progress, number

Rule = Callable[[Manifest, datetime | None], Readiness]
Check = tuple[bool, str, str]
"""Whether something falls short, with the reason and the message of that."""

# How long a new pod may be without a node before that counts as a failure.
SCHEDULING_GRACE = timedelta(seconds=15)


# What a deadline is where there is none.
NO_DEADLINE = (1 << 31) - 1


def completion(manifest: Manifest) -> Readiness:
    """A Job as Flux's health checks see it: it has to complete, unless it is suspended."""
    spec, status = section(manifest, "spec"), section(manifest, "status")
    if spec.get("suspend") is True:
        return current("Job is suspended")
    finished = _job_ended(manifest)
    if finished:
        return finished
    if not text(status, "startTime"):
        wanted = number(spec, "parallelism", 1)
        return in_progress("JobNotStarted", f"Job not started. active: 0/{wanted}")
    return in_progress("JobInProgress", _job_counts(status))


def _first(checks: Iterable[Check], otherwise: str) -> Readiness:
    """InProgress for the first check that falls short; current where none does."""
    for short, reason, message in checks:
        if short:
            return in_progress(reason, message)
    return current(otherwise)


def _deployment(manifest: Manifest, _: datetime | None) -> Readiness:
    status, spec = section(manifest, "status"), section(manifest, "spec")
    said = list(conditions(manifest))
    progressing = [each for each in said if each.kind == "Progressing"]
    if any(each.reason == "ProgressDeadlineExceeded" for each in progressing):
        return failed("ProgressDeadlineExceeded", "Progress deadline exceeded")
    wanted = number(spec, "replicas", 1)
    there = number(status, "replicas", 0)
    updated = number(status, "updatedReplicas", 0)
    available = number(status, "availableReplicas", 0)
    ready = number(status, "readyReplicas", 0)
    # Without a deadline there is no Progressing condition to go by.
    rolled_out = number(spec, "progressDeadlineSeconds", NO_DEADLINE) == NO_DEADLINE or any(
        (each.status, each.reason) == ("True", "NewReplicaSetAvailable") for each in progressing
    )
    checks: list[Check] = [
        (wanted > there, "LessReplicas", f"Replicas: {there}/{wanted}"),
        (wanted > updated, "LessUpdated", f"Updated: {updated}/{wanted}"),
        (there > wanted, "ExtraPods", f"Pending termination: {there - wanted}"),
        (updated > available, "LessAvailable", f"Available: {available}/{updated}"),
        (wanted > ready, "LessReady", f"Ready: {ready}/{wanted}"),
        (not rolled_out, "ReplicaSetNotAvailable", "ReplicaSet not Available"),
        (not _true(said, "Available"), "DeploymentNotAvailable", "Deployment not Available"),
    ]
    return _first(checks, f"Deployment is available. Replicas: {there}")


def _stateful_set(manifest: Manifest, _: datetime | None) -> Readiness:
    status, spec = section(manifest, "status"), section(manifest, "spec")
    strategy = section(spec, "updateStrategy")
    if text(strategy, "type") == "OnDelete":
        return current("StatefulSet is using the ondelete update strategy")
    wanted = number(spec, "replicas", 1)
    there = number(status, "replicas", 0)
    ready = number(status, "readyReplicas", 0)
    up_to_date = number(status, "currentReplicas", 0)
    updated = number(status, "updatedReplicas", 0)
    checks: list[Check] = [
        (wanted > there, "LessReplicas", f"Replicas: {there}/{wanted}"),
        (wanted > ready, "LessReady", f"Ready: {ready}/{wanted}"),
        (there > wanted, "ExtraPods", f"Pending termination: {there - wanted}"),
    ]
    partition = number(section(strategy, "rollingUpdate"), "partition", -1)
    if partition != -1:
        goal = wanted - partition
        checks.append((updated < goal, "PartitionRollout", f"updated: {updated}/{goal}"))
        return _first(checks, f"Partition rollout complete. updated: {updated}")
    waiting = "Waiting for updated revision to match current"
    same = text(status, "currentRevision") == text(status, "updateRevision")
    checks += [
        (wanted > up_to_date, "LessCurrent", f"current: {up_to_date}/{wanted}"),
        (not same, "RevisionMismatch", waiting),
    ]
    return _first(checks, f"All replicas scheduled as expected. Replicas: {there}")


def _replica_set(manifest: Manifest, _: datetime | None) -> Readiness:
    status = section(manifest, "status")
    wanted = number(section(manifest, "spec"), "replicas", 1)
    there = number(status, "replicas", 0)
    labelled = number(status, "fullyLabeledReplicas", 0)
    available = number(status, "availableReplicas", 0)
    ready = number(status, "readyReplicas", 0)
    broken = _true(conditions(manifest), "ReplicaFailure")
    checks: list[Check] = [
        (broken, "ReplicaFailure", "Replica Failure condition. Check Pods"),
        (wanted > labelled, "LessLabelled", f"Labelled: {labelled}/{wanted}"),
        (wanted > available, "LessAvailable", f"Available: {available}/{wanted}"),
        (wanted > ready, "LessReady", f"Ready: {ready}/{wanted}"),
        (there > wanted, "ExtraPods", f"Pending termination: {there - wanted}"),
    ]
    return _first(checks, f"ReplicaSet is available. Replicas: {there}")


def _daemon_set(manifest: Manifest, _: datetime | None) -> Readiness:
    status = section(manifest, "status")
    wanted = number(status, "desiredNumberScheduled", -1)
    scheduled = number(status, "currentNumberScheduled", 0)
    updated = number(status, "updatedNumberScheduled", 0)
    available = number(status, "numberAvailable", 0)
    ready = number(status, "numberReady", 0)
    new = generation_of(manifest, "metadata", "generation") is None
    unseen = generation_of(manifest, "status", "observedGeneration") is None
    kind = text(manifest, "kind")
    checks: list[Check] = [
        (new, "NoGeneration", f"{kind} metadata.generation not found"),
        (unseen, "NoObservedGeneration", f"{kind} status.observedGeneration not found"),
        (wanted == -1, "NoDesiredNumber", "Missing .status.desiredNumberScheduled"),
        (wanted > scheduled, "LessCurrent", f"Current: {scheduled}/{wanted}"),
        (wanted > updated, "LessUpdated", f"Updated: {updated}/{wanted}"),
        (wanted > available, "LessAvailable", f"Available: {available}/{wanted}"),
        (wanted > ready, "LessReady", f"Ready: {ready}/{wanted}"),
    ]
    return _first(checks, f"All replicas scheduled as expected. Replicas: {wanted}")


def _pod(manifest: Manifest, now: datetime | None) -> Readiness:
    match text(section(manifest, "status"), "phase"):
        case "Succeeded":
            return current("Pod has completed successfully")
        case "Failed":
            return current("Pod has completed, but not successfully")
        case "Running":
            return _running_pod(manifest)
        case "Pending":
            return _pending_pod(manifest, now)
        case "":
            return in_progress("PodNotObserved", "Pod phase not available")
        case phase:
            raise Unreadable(f"unknown phase {phase}")


def _running_pod(manifest: Manifest) -> Readiness:
    if _true(conditions(manifest), "Ready"):
        return current("Pod is Ready")
    crashing = list(_crash_looping(section(manifest, "status")))
    if crashing:
        names = ",".join(crashing)
        return failed("ContainerCrashLooping", f"Containers in CrashLoop state: {names}")
    return in_progress("PodRunningNotReady", "Pod is running but is not Ready")


def _crash_looping(status: Manifest) -> Iterable[str]:
    containers = status.get("containerStatuses", [])
    if not isinstance(containers, list):
        raise Unreadable("status.containerStatuses is no list")
    for container in (each for each in containers if isinstance(each, dict)):
        waiting = section(section(container, "state"), "waiting")
        if "name" in container and text(waiting, "reason") == "CrashLoopBackOff":
            yield text(container, "name")


def _pending_pod(manifest: Manifest, now: datetime | None) -> Readiness:
    unscheduled = (
        said.reason
        for said in conditions(manifest)
        if (said.kind, said.status) == ("PodScheduled", "False")
    )
    if next(unscheduled, "") != "Unschedulable":
        return in_progress("PodPending", "Pod is in the Pending phase")
    made = _moment(text(metadata(manifest), "creationTimestamp"))
    if made and now and now - made < SCHEDULING_GRACE:
        return in_progress("PodNotScheduled", "Pod has not been scheduled")
    return failed("PodUnschedulable", "Pod could not be scheduled")


def _moment(written: str) -> datetime | None:
    """A moment with its zone; None for what is none."""
    try:
        moment = datetime.fromisoformat(written)
    except ValueError:
        return None
    return moment if moment.tzinfo else None


def _volume_claim(manifest: Manifest, _: datetime | None) -> Readiness:
    phase = section(manifest, "status").get("phase")
    phase = phase if isinstance(phase, str) else "unknown"
    if phase != "Bound":
        return in_progress("NotBound", f"PVC is not Bound. phase: {phase}")
    return current("PVC is Bound")


def _service(manifest: Manifest, _: datetime | None) -> Readiness:
    spec = section(manifest, "spec")
    if text(spec, "type") == "LoadBalancer" and not text(spec, "clusterIP"):
        return in_progress("NoIPAssigned", "ClusterIP not set. Service type: LoadBalancer")
    return current("Service is ready")


def _job(manifest: Manifest, _: datetime | None) -> Readiness:
    status = section(manifest, "status")
    finished = _job_ended(manifest)
    if finished:
        return finished
    if not text(status, "startTime"):
        return in_progress("JobNotStarted", "Job not started")
    return current(_job_counts(status))


def _job_counts(status: Manifest) -> str:
    succeeded, active = number(status, "succeeded", 0), number(status, "active", 0)
    lost = number(status, "failed", 0)
    return f"Job in progress. success:{succeeded}, active: {active}, failed: {lost}"


def _job_ended(manifest: Manifest) -> Readiness | None:
    status, spec = section(manifest, "status"), section(manifest, "spec")
    wanted = number(spec, "completions", number(spec, "parallelism", 1))
    for said in conditions(manifest):
        if (said.kind, said.status) == ("Complete", "True"):
            succeeded = number(status, "succeeded", 0)
            return current(f"Job Completed. succeeded: {succeeded}/{wanted}")
        if (said.kind, said.status) == ("Failed", "True"):
            lost = number(status, "failed", 0)
            return failed("JobFailed", f"Job Failed. failed: {lost}/{wanted}")
    return None


def _definition(manifest: Manifest, _: datetime | None) -> Readiness:
    for said in conditions(manifest):
        match said.kind, said.status:
            case "NamesAccepted", "False":
                return failed(said.reason, said.message)
            case "Established", "False" if said.reason != "Installing":
                return failed(said.reason, said.message)
            case "Established", "True":
                return current("CRD is established")
    return in_progress("Installing", "Install in progress")


def _true(said: Iterable[Condition], kind: str) -> bool:
    return any((each.kind, each.status) == (kind, "True") for each in said)


def _always(_: Manifest, __: datetime | None) -> Readiness:
    return current("Resource is always ready")


def _disruption_budget(_: Manifest, __: datetime | None) -> Readiness:
    return current("AllowedDisruptions has been computed.")


RULES: dict[tuple[str, str], Rule] = {
    ("", "ConfigMap"): _always,
    ("", "PersistentVolumeClaim"): _volume_claim,
    ("", "Pod"): _pod,
    ("", "Secret"): _always,
    ("", "Service"): _service,
    ("apiextensions.k8s.io", "CustomResourceDefinition"): _definition,
    ("apps", "DaemonSet"): _daemon_set,
    ("apps", "Deployment"): _deployment,
    ("apps", "ReplicaSet"): _replica_set,
    ("apps", "StatefulSet"): _stateful_set,
    ("batch", "CronJob"): _always,
    ("batch", "Job"): _job,
    ("extensions", "DaemonSet"): _daemon_set,
    ("extensions", "Deployment"): _deployment,
    ("extensions", "ReplicaSet"): _replica_set,
    ("policy", "PodDisruptionBudget"): _disruption_budget,
}
"""The rules, by group and kind."""
