"""How an object is doing, told from the object alone: kstatus.

The rules are those of kstatus (sigs.k8s.io/cli-utils), which Flux uses: what every object can say
(deletion, generations, Reconciling, Stalled), then what its kind says (`readiness_rule.py`), then
a Ready condition; an object that says nothing of the kind is where it should be.
"""

from __future__ import annotations

from datetime import datetime

from shared.manifest.identity import Manifest, Ref, kind_of, metadata, section, text
from shared.manifest.readiness_rule import RULES, completion
from shared.manifest.status_condition import (
    Unreadable,
    conditions,
    deletion_of,
    generation_of,
)
from shared.manifest.verdict import Readiness, current, failed, in_progress, number

_OBSERVED = ("status", "observedGeneration")

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


_TOLD_AT_ONCE = frozenset({("", "Service"), ("networking.k8s.io", "Ingress")})


def readiness_of(manifest: Manifest, now: datetime | None = None) -> Readiness:
    """The state of an object as kstatus sees it; Unknown where a field that tells it is not of its
    type. `now`: spares a pod that has only just been made from being called unschedulable. Raises
    ManifestError where it is no object."""
    kind = kind_of(manifest)
    rule = RULES.get((kind.group, kind.kind))
    try:
        general = _general(manifest)
        if general:
            return general
        return rule(manifest, now) if rule else _ready_condition(manifest)
    except Unreadable as problem:
        return Readiness("Unknown", str(problem))


def health_of(manifest: Manifest, now: datetime | None = None) -> Readiness:
    """The state of an object as Flux's health checks see it: kstatus, but a Job has to complete
    rather than to start, and nothing else counts. Raises ManifestError where it is no object."""
    kind = kind_of(manifest)
    if (kind.group, kind.kind) != ("batch", "Job"):
        return readiness_of(manifest, now)
    try:
        return completion(manifest)
    except Unreadable as problem:
        return Readiness("Unknown", f"Failed to compute job status: {problem}")


def is_plain(ref: Ref) -> bool:
    """Whether an object of the kind is where it should be as soon as it is there: it has no status
    to wait for, and its metadata says all of its readiness."""
    return (ref.group, ref.kind) in _PLAIN


def is_told_at_once(ref: Ref) -> bool:
    """Whether what the API server answers to an apply tells how an object of the kind is, and goes
    on telling it where that is well: no controller will say anything else."""
    return is_plain(ref) or (ref.group, ref.kind) in _TOLD_AT_ONCE


def absent() -> Readiness:
    """The state of an object that is not there."""
    return Readiness("NotFound", "not found", "NotFound")


def _general(manifest: Manifest) -> Readiness | None:
    """What any object can say of itself; None where it says nothing that settles it."""
    if deletion_of(manifest):
        return Readiness("Terminating", "Resource scheduled for deletion", "Terminating")
    generation = generation_of(manifest, "metadata", "generation")
    if generation is not None:
        behind = _behind(manifest, generation, generation_of(manifest, *_OBSERVED))
        if behind:
            return behind
    # All are read before one settles it: one that cannot be read makes the object unknown.
    for said in list(conditions(manifest)):
        if (said.kind, said.status) == ("Reconciling", "True"):
            return in_progress(said.reason, said.message)
        if (said.kind, said.status) == ("Stalled", "True"):
            return failed(said.reason, said.message)
    return None


def generation_behind(manifest: Manifest) -> Readiness | None:
    """InProgress while the object's controller has not seen its latest spec; None where it has, or
    where a generation is missing or no whole number."""
    generation = number(metadata(manifest), "generation", None)
    observed = number(section(manifest, "status"), "observedGeneration", None)
    return None if generation is None else _behind(manifest, generation, observed)


def _behind(manifest: Manifest, generation: int, observed: int | None) -> Readiness | None:
    if observed is None or observed == generation:
        return None
    return in_progress(
        "LatestGenerationNotObserved",
        f"{text(manifest, 'kind')} generation is {generation}, "
        f"but latest observed generation is {observed}",
    )


def _ready_condition(manifest: Manifest) -> Readiness:
    """What a Ready condition says; without one the object counts as current."""
    for said in conditions(manifest):
        if said.kind == "Ready" and said.status == "True":
            return current("Resource is Ready")
        if said.kind == "Ready" and said.status in {"False", "Unknown"}:
            return in_progress(said.reason, said.message)
    return current("Resource is current")
