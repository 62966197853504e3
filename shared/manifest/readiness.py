"""How an object is doing, told from the object alone: kstatus.

The rules are those of kstatus (sigs.k8s.io/cli-utils), which Flux uses: what every object can say
(deletion, generations, Reconciling, Stalled), then what its kind says (`readiness_rule.py`), then
a Ready condition; an object that says nothing of the kind is where it should be.
"""

from __future__ import annotations

from datetime import datetime

from shared.manifest.identity import Manifest, Ref, kind_of, metadata, section, text
from shared.manifest.readiness_rule import RULES, completion
from shared.manifest.verdict import (
    Readiness,
    condition,
    current,
    failed,
    in_progress,
    number,
)

_PLAIN = frozenset(
    {
        ("", "ConfigMap"),
        ("", "LimitRange"),
        ("", "Secret"),
        ("", "ServiceAccount"),
        ("batch", "CronJob"),
        ("networking.k8s.io", "IngressClass"),
        ("networking.k8s.io", "NetworkPolicy"),
        ("rbac.authorization.k8s.io", "ClusterRole"),
        ("rbac.authorization.k8s.io", "ClusterRoleBinding"),
        ("rbac.authorization.k8s.io", "Role"),
        ("rbac.authorization.k8s.io", "RoleBinding"),
        ("scheduling.k8s.io", "PriorityClass"),
        ("storage.k8s.io", "StorageClass"),
    }
)


def readiness_of(manifest: Manifest, now: datetime | None = None) -> Readiness:
    """The state of an object as kstatus sees it. `now`: spares a pod that has only just been made
    from being called unschedulable. Raises ManifestError where it is no object."""
    kind = kind_of(manifest)
    general = _general(manifest)
    if general:
        return general
    rule = RULES.get((kind.group, kind.kind))
    return rule(manifest, now) if rule else _ready_condition(manifest)


def health_of(manifest: Manifest, now: datetime | None = None) -> Readiness:
    """The state of an object as Flux's health checks see it: kstatus, but a Job has to complete
    rather than to start. Raises ManifestError where it is no object."""
    kind = kind_of(manifest)
    if (kind.group, kind.kind) == ("batch", "Job"):
        return _general(manifest) or completion(manifest)
    return readiness_of(manifest, now)


def is_plain(ref: Ref) -> bool:
    """Whether an object of the kind is where it should be as soon as it is there: it has no status
    to wait for, and its metadata says all of its readiness."""
    return (ref.group, ref.kind) in _PLAIN


def absent() -> Readiness:
    """The state of an object that is not there."""
    return Readiness("NotFound", "not found", "NotFound")


def _general(manifest: Manifest) -> Readiness | None:
    """What any object can say of itself; None where it says nothing that settles it."""
    if metadata(manifest).get("deletionTimestamp"):
        return Readiness("Terminating", "Resource scheduled for deletion", "Terminating")
    behind = generation_behind(manifest)
    if behind:
        return behind
    reconciling = condition(manifest, "Reconciling")
    if text(reconciling, "status") == "True":
        return in_progress(text(reconciling, "reason"), text(reconciling, "message"))
    stalled = condition(manifest, "Stalled")
    if text(stalled, "status") == "True":
        return failed(text(stalled, "reason"), text(stalled, "message"))
    return None


def generation_behind(manifest: Manifest) -> Readiness | None:
    """InProgress while the object's controller has not seen its latest spec."""
    observed = number(section(manifest, "status"), "observedGeneration", None)
    generation = number(metadata(manifest), "generation", 0)
    if observed is None or observed == generation:
        return None
    return in_progress(
        "LatestGenerationNotObserved",
        f"{text(manifest, 'kind')} generation is {generation}, "
        f"but latest observed generation is {observed}",
    )


def _ready_condition(manifest: Manifest) -> Readiness:
    """What a Ready condition says; without one the object counts as current."""
    ready = condition(manifest, "Ready")
    match text(ready, "status"):
        case "True":
            return current("Resource is Ready")
        case "False" | "Unknown":
            return in_progress(text(ready, "reason"), text(ready, "message"))
        case _:
            return current("Resource is current")
