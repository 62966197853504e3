"""What the kinds that Kubernetes itself knows say of their readiness: one rule a kind.

A rule sees objects only after the general ones (`readiness.py`) had nothing to say.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta

from shared.manifest.identity import Manifest, metadata, section, text
from shared.manifest.verdict import (
    Readiness,
    condition,
    current,
    failed,
    holds,
    in_progress,
    number,
)

Rule = Callable[[Manifest, datetime | None], Readiness]
Check = tuple[bool, str, str]
"""Whether something falls short, with the reason and the message of that."""

# How long a new pod may be without a node before that counts as a failure.
SCHEDULING_GRACE = timedelta(seconds=15)


def completion(manifest: Manifest) -> Readiness:
    """A Job as Flux's health checks see it: it has to complete, unless it is suspended."""
    finished = _job_ended(manifest)
    if finished:
        return finished
    if section(manifest, "spec").get("suspend") is True:
        return current("Job is suspended")
    return in_progress("JobInProgress", "Job in progress")


def _first(checks: Iterable[Check], otherwise: str) -> Readiness:
    """InProgress for the first check that falls short; current where none does."""
    for short, reason, message in checks:
        if short:
            return in_progress(reason, message)
    return current(otherwise)


def _deployment(manifest: Manifest, _: datetime | None) -> Readiness:
    status, spec = section(manifest, "status"), section(manifest, "spec")
    progressing = condition(manifest, "Progressing")
    if text(progressing, "reason") == "ProgressDeadlineExceeded":
        return failed("ProgressDeadlineExceeded", text(progressing, "message"))
    wanted = number(spec, "replicas", 1)
    there = number(status, "replicas", 0)
    updated = number(status, "updatedReplicas", 0)
    available = number(status, "availableReplicas", 0)
    ready = number(status, "readyReplicas", 0)
    # Without a deadline there is no Progressing condition to go by.
    rolled_out = "progressDeadlineSeconds" not in spec or (
        text(progressing, "status") == "True"
        and text(progressing, "reason") == "NewReplicaSetAvailable"
    )
    checks: list[Check] = [
        (wanted > there, "LessReplicas", f"replicas: {there}/{wanted}"),
        (wanted > updated, "LessUpdated", f"Updated: {updated}/{wanted}"),
        (there > wanted, "ExtraPods", f"Pending termination: {there - wanted}"),
        (updated > available, "LessAvailable", f"Available: {available}/{updated}"),
        (wanted > ready, "LessReady", f"Ready: {ready}/{wanted}"),
        (not rolled_out, "ReplicaSetNotAvailable", "ReplicaSet not Available"),
        (not holds(manifest, "Available"), "DeploymentNotAvailable", "Deployment not Available"),
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
    partition = number(section(strategy, "rollingUpdate"), "partition", None)
    if partition is not None:
        goal = wanted - partition
        checks.append((updated < goal, "PartitionRollout", f"updated: {updated}/{goal}"))
        return _first(checks, f"Partition rollout complete. updated: {updated}")
    waiting = "Waiting for updated revision to match current"
    same = status.get("currentRevision") == status.get("updateRevision")
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
    checks: list[Check] = [
        (holds(manifest, "ReplicaFailure"), "ReplicaFailure", "Replica Failure condition"),
        (wanted > labelled, "LessLabelled", f"Labelled: {labelled}/{wanted}"),
        (wanted > available, "LessAvailable", f"Available: {available}/{wanted}"),
        (wanted > ready, "LessReady", f"Ready: {ready}/{wanted}"),
        (there > wanted, "ExtraPods", f"Pending termination: {there - wanted}"),
    ]
    return _first(checks, f"ReplicaSet is available. Replicas: {there}")


def _daemon_set(manifest: Manifest, _: datetime | None) -> Readiness:
    status, spec = section(manifest, "status"), section(manifest, "spec")
    if text(section(spec, "updateStrategy"), "type") == "OnDelete":
        return current("DaemonSet is using the ondelete update strategy")
    wanted = number(status, "desiredNumberScheduled", -1)
    scheduled = number(status, "currentNumberScheduled", 0)
    updated = number(status, "updatedNumberScheduled", 0)
    available = number(status, "numberAvailable", 0)
    ready = number(status, "numberReady", 0)
    unseen = "observedGeneration" not in status
    checks: list[Check] = [
        (unseen, "NoObservedGeneration", "Missing .status.observedGeneration"),
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
            return Readiness("Unknown", f"Pod phase {phase} is not known", "PodPhaseUnknown")


def _running_pod(manifest: Manifest) -> Readiness:
    if holds(manifest, "Ready"):
        return current("Pod is Ready")
    crashing = list(_crash_looping(section(manifest, "status")))
    if crashing:
        names = ",".join(crashing)
        return failed("ContainerCrashLooping", f"Containers in CrashLoop state: {names}")
    return in_progress("PodRunningNotReady", "Pod is running but is not Ready")


def _crash_looping(status: Manifest) -> Iterable[str]:
    containers = status.get("containerStatuses")
    for container in containers if isinstance(containers, list) else ():
        waiting = section(section(container, "state"), "waiting")
        if text(waiting, "reason") == "CrashLoopBackOff":
            yield text(container, "name")


def _pending_pod(manifest: Manifest, now: datetime | None) -> Readiness:
    scheduled = condition(manifest, "PodScheduled")
    if (text(scheduled, "status"), text(scheduled, "reason")) != ("False", "Unschedulable"):
        return in_progress("PodPending", "Pod is in the Pending phase")
    made = text(metadata(manifest), "creationTimestamp")
    if made and now and now - datetime.fromisoformat(made) < SCHEDULING_GRACE:
        return in_progress("PodNotScheduled", "Pod has not been scheduled")
    return failed("PodUnschedulable", "Pod could not be scheduled")


def _volume_claim(manifest: Manifest, _: datetime | None) -> Readiness:
    phase = text(section(manifest, "status"), "phase")
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
    succeeded = number(status, "succeeded", 0)
    active, lost = number(status, "active", 0), number(status, "failed", 0)
    return current(f"Job in progress. success:{succeeded}, active: {active}, failed: {lost}")


def _job_ended(manifest: Manifest) -> Readiness | None:
    status = section(manifest, "status")
    succeeded = number(status, "succeeded", 0)
    if holds(manifest, "Complete"):
        wanted = number(section(manifest, "spec"), "completions", succeeded)
        return current(f"Job Completed. succeeded: {succeeded}/{wanted}")
    if holds(manifest, "Failed"):
        lost = number(status, "failed", 0)
        why = text(condition(manifest, "Failed"), "message") or f"failed: {lost}"
        return failed("JobFailed", f"Job Failed. {why}")
    return None


def _definition(manifest: Manifest, _: datetime | None) -> Readiness:
    names = condition(manifest, "NamesAccepted")
    if text(names, "status") == "False":
        return failed(text(names, "reason"), text(names, "message"))
    established = condition(manifest, "Established")
    refused = text(established, "status") == "False"
    if refused and text(established, "reason") != "Installing":
        return failed(text(established, "reason"), text(established, "message"))
    if text(established, "status") == "True":
        return current("CRD is established")
    return in_progress("Installing", "Install in progress")


def _always(manifest: Manifest, _: datetime | None) -> Readiness:
    return current(f"{text(manifest, 'kind')} is there")


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
