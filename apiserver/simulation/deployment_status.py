"""What a Deployment says of its rollout. Pure.

Behaviour: the deployment controller of Kubernetes 1.36, with its words.
"""

from __future__ import annotations

from apiserver.clock import moment_of
from apiserver.simulation.office import condition
from apiserver.simulation.rollout import Rollout
from apiserver.value import Object, number, objects, section, text

_DONE = "NewReplicaSetAvailable"
_LATE = "ProgressDeadlineExceeded"
_PAUSED = ("Unknown", "DeploymentPaused", "Deployment is paused")
_RESUMED = ("Unknown", "DeploymentResumed", "Deployment is resumed")


def status_of(rollout: Rollout, now: str) -> Object:
    """The whole status of a Deployment."""
    before = section(rollout.deployment.object, "status")
    total, available = rollout.count("replicas"), rollout.count("availableReplicas")
    status: Object = {
        "observedGeneration": number(rollout.deployment.object, "metadata", "generation"),
        "replicas": total or None,
        "updatedReplicas": rollout.count("replicas", current=True) or None,
        "readyReplicas": rollout.count("readyReplicas") or None,
        "availableReplicas": available or None,
        "unavailableReplicas": max(max(total, rollout.wanted) - available, 0) or None,
        "terminatingReplicas": 0,
        "collisionCount": before.get("collisionCount"),
    }
    status["conditions"] = [_availability(rollout, before, now)]
    if progress := _progress(rollout, before, status, now):
        status["conditions"] = [_availability(rollout, before, now), progress]
    return {key: value for key, value in status.items() if value is not None}


def _availability(rollout: Rollout, before: Object, now: str) -> Object:
    if rollout.count("availableReplicas") >= rollout.wanted - rollout.unavailable:
        fine = ("True", "MinimumReplicasAvailable", "Deployment has minimum availability.")
        return _told("Available", fine, before, now)
    why = "Deployment does not have minimum availability."
    return _told("Available", ("False", "MinimumReplicasUnavailable", why), before, now)


def _progress(rollout: Rollout, before: Object, status: Object, now: str) -> Object | None:
    """The condition Progressing; None where there is nothing to tell of yet."""
    old = {**_known(before, "Progressing")}
    was = text(old, "reason")
    if rollout.is_paused:
        return old if was == _LATE else _told("Progressing", _PAUSED, before, now)
    if was == "DeploymentPaused":
        return _told("Progressing", _RESUMED, before, now)
    if rollout.is_complete and (was != _DONE or rollout.name not in text(old, "message")):
        why = f'ReplicaSet "{rollout.name}" has successfully progressed.'
        return _told("Progressing", ("True", _DONE, why), before, now)
    if not old or _is_further(before, status) or _is_of_another(rollout, old):
        if was == _DONE and status.get("replicas") == status.get("updatedReplicas"):
            return old
        why = f'ReplicaSet "{rollout.name}" is progressing.'
        return {**_told("Progressing", ("True", "ReplicaSetUpdated", why), before, now),
            "lastUpdateTime": now}  # fmt: skip
    return old


def _is_of_another(rollout: Rollout, old: Object) -> bool:
    """Whether the condition speaks of the template before."""
    return text(old, "message").startswith("ReplicaSet") and rollout.name not in text(
        old, "message"
    )


def _is_further(before: Object, status: Object) -> bool:
    """Whether there are more new pods, fewer old ones, or more that work."""
    updated, was_updated = number(status, "updatedReplicas"), number(before, "updatedReplicas")
    old = number(status, "replicas") - updated
    was_old = number(before, "replicas") - was_updated
    return (
        updated > was_updated
        or old < was_old
        or number(status, "readyReplicas") > number(before, "readyReplicas")
        or number(status, "availableReplicas") > number(before, "availableReplicas")
    )


def time_left(rollout: Rollout, status: Object, now: float) -> float | None:
    """Seconds until the rollout has taken too long; None where it is over, one way or other."""
    progress = _known(status, "Progressing")
    over = text(progress, "reason") in (_DONE, _LATE)
    begun = moment_of(text(progress, "lastUpdateTime"))
    if over or rollout.is_paused or begun is None:
        return None
    limit = number(rollout.spec, "progressDeadlineSeconds", default=600)
    return begun.timestamp() + limit - now


def give_up(rollout: Rollout, status: Object, now: str) -> None:
    """Say in a status that the rollout has taken too long."""
    why = f'ReplicaSet "{rollout.name}" has timed out progressing.'
    progress = _known(status, "Progressing")
    progress |= {"status": "False", "reason": _LATE, "message": why}
    progress |= {"lastUpdateTime": now, "lastTransitionTime": now}


def _known(status: Object, kind: str) -> Object:
    return next((each for each in objects(status, "conditions") if each.get("type") == kind), {})


def _told(kind: str, what: tuple[str, str, str], before: Object, now: str) -> Object:
    """A condition; its times move only where it says something new."""
    new: Object = dict(zip(("status", "reason", "message"), what, strict=True))
    old = _known(before, kind)
    same = all(old.get(key) == value for key, value in new.items())
    updated = (same and text(old, "lastUpdateTime")) or now
    return {**condition(before, {"type": kind, **new}, now), "lastUpdateTime": updated}
