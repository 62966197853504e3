"""Deployments: one ReplicaSet a template; the old ones go when the new one is available."""

from __future__ import annotations

from collections.abc import Iterable

from apiserver.clock import moment_of
from apiserver.cluster import Cluster
from apiserver.simulation.office import (
    Office,
    condition,
    controller_key,
    reference,
    template_with,
    with_foreign,
)
from apiserver.simulation.revision import hash_of
from apiserver.storage import Event, Key, Record
from apiserver.value import Object, copy_of, number, objects, part, same, section, text

SHELF = ("apps", "deployments")
_SETS = ("apps", "replicasets")
_HASH = "pod-template-hash"
_REVISION = "deployment.kubernetes.io/revision"


class Deployments:
    """The controller of Deployments."""

    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster
        self._deployments = Office(cluster, "apps", "Deployment")
        self._sets = Office(cluster, "apps", "ReplicaSet")

    def keys(self, event: Event) -> Iterable[Key]:
        """Deployments that were written, or whose ReplicaSets were."""
        if event.shelf == SHELF:
            return [event.now.key]
        if event.shelf == _SETS:
            owner = controller_key(event.now.object, "Deployment")
            return [owner] if owner else []
        return []

    def reconcile(self, key: Key) -> float | None:
        """Roll out one step, and say how far it is."""
        record = self._deployments.find(key)
        if record is None or record.is_terminating:
            return None
        rollout = Rollout(record, self._sets.owned(record))
        if rollout.current is None and not rollout.is_paused:
            self._sets.create(rollout.new_set())
            return None
        self._scale(rollout)
        return self._tell(rollout)

    def _scale(self, rollout: Rollout) -> None:
        if rollout.current is not None and not rollout.is_paused:
            self._adopt(rollout.current, rollout)
        if rollout.is_available:
            for each in rollout.older:
                self._resize(each, 0)
            for each in rollout.forgotten():
                self._sets.delete(each)

    def _adopt(self, record: Record, rollout: Rollout) -> None:
        """Give the current ReplicaSet its size, and its place in the history: an old one that is
        taken up again is the newest."""
        content = copy_of(record.object)
        part(content, "spec")["replicas"] = rollout.wanted
        part(content, "metadata", "annotations")[_REVISION] = rollout.revision
        if not same(content, record.object):
            self._sets.update(record, content)

    def _resize(self, record: Record, replicas: int) -> None:
        content = copy_of(record.object)
        if number(content, "spec", "replicas") != replicas:
            part(content, "spec")["replicas"] = replicas
            self._sets.update(record, content)

    def _tell(self, rollout: Rollout) -> float | None:
        now = self._cluster.clock.now()
        status = rollout.status(self._cluster.stamp())
        left = rollout.time_left(status, now.timestamp())
        if left is not None and left <= 0:
            rollout.give_up(status, self._cluster.stamp())
        content = copy_of(rollout.deployment.object)
        content["status"] = with_foreign(status, section(content, "status"))
        part(content, "metadata", "annotations")[_REVISION] = rollout.revision
        if not same(content, rollout.deployment.object):
            self._deployments.update(rollout.deployment, copy_of(content), "status")
        return max(left, 1.0) if left is not None and left > 0 else None


class Rollout:
    """How far a Deployment is with its ReplicaSets. Pure."""

    def __init__(self, deployment: Record, sets: list[Record]) -> None:
        self.deployment = deployment
        self._spec = section(deployment.object, "spec")
        self._hash = hash_of(section(self._spec, "template"))
        self.wanted = number(self._spec, "replicas")
        self.is_paused = self._spec.get("paused") is True
        self._sets = sets
        self.current = next((each for each in sets if self._is_current(each)), None)
        self.older = [each for each in sets if each is not self.current]

    def _is_current(self, replica_set: Record) -> bool:
        return text(replica_set.object, "metadata", "labels", _HASH) == self._hash

    @property
    def revision(self) -> str:
        """The number of the current template."""
        if self.current is None:
            return text(self.deployment.object, "metadata", "annotations", _REVISION) or "0"
        newest = max((_revision(each) for each in self.older), default=0)
        return str(max(_revision(self.current), newest + 1))

    @property
    def is_available(self) -> bool:
        """Whether the current ReplicaSet has all the pods that are wanted."""
        return self._count("availableReplicas", current=True) >= self.wanted

    def new_set(self) -> Object:
        """The ReplicaSet for the current template."""
        labels: Object = {_HASH: self._hash}
        template = template_with(section(self._spec, "template"), labels)
        selector = copy_of(section(self._spec, "selector"))
        part(selector, "matchLabels").update(labels)
        last = max((_revision(each) for each in self._sets), default=0)
        namespace, name = self.deployment.key
        metadata: Object = {
            "namespace": namespace,
            "name": f"{name}-{self._hash}",
            "labels": section(template, "metadata", "labels"),
            "annotations": {
                "deployment.kubernetes.io/desired-replicas": str(self.wanted),
                "deployment.kubernetes.io/max-replicas": str(self.wanted + -(-self.wanted // 4)),
                _REVISION: str(last + 1),
            },
            "ownerReferences": [reference(self.deployment)],
        }
        spec: Object = {"replicas": self.wanted, "selector": selector, "template": template}
        return copy_of({"metadata": metadata, "spec": spec})

    def forgotten(self) -> list[Record]:
        """Old ReplicaSets beyond the history that is kept."""
        limit = number(self._spec, "revisionHistoryLimit", default=10)
        empty = [each for each in self.older if not number(each.object, "status", "replicas")]
        return sorted(empty, key=_revision)[: max(len(empty) - limit, 0)]

    def status(self, now: str) -> Object:
        """The Deployment's status."""
        before = section(self.deployment.object, "status")
        total, ready = self._count("replicas"), self._count("readyReplicas")
        available = self._count("availableReplicas")
        status: Object = {
            "observedGeneration": number(self.deployment.object, "metadata", "generation"),
            "replicas": total or None,
            "updatedReplicas": self._count("replicas", current=True) or None,
            "readyReplicas": ready or None,
            "availableReplicas": available or None,
            "collisionCount": before.get("collisionCount"),
            "unavailableReplicas": max(max(total, self.wanted) - available, 0) or None,
            "conditions": [self._availability(before, available, now), self._progress(before, now)],
        }
        return {key: value for key, value in status.items() if value is not None}

    def _availability(self, before: Object, available: int, now: str) -> Object:
        fine = available >= self.wanted - self.wanted // 4 and (available or not self.wanted)
        new: Object = {
            "type": "Available",
            "status": "True" if fine else "False",
            "reason": "MinimumReplicasAvailable" if fine else "MinimumReplicasUnavailable",
            "message": "Deployment has minimum availability."
            if fine
            else "Deployment does not have minimum availability.",
        }
        return {**condition(before, new, now), "lastUpdateTime": _updated(before, new, now)}

    def _progress(self, before: Object, now: str) -> Object:
        name = f"{self.deployment.key[1]}-{self._hash}"
        new: Object = {"type": "Progressing", "status": "True"}
        if self.is_available and not self._count_of_older():
            new["reason"] = "NewReplicaSetAvailable"
            new["message"] = f'ReplicaSet "{name}" has successfully progressed.'
        else:
            new["reason"] = "ReplicaSetUpdated"
            new["message"] = f'ReplicaSet "{name}" is progressing.'
        old = _condition(before, "Progressing")
        gave_up = text(old, "reason") == "ProgressDeadlineExceeded"
        if gave_up and name in text(old, "message") and new["reason"] == "ReplicaSetUpdated":
            return old
        return {**condition(before, new, now), "lastUpdateTime": _updated(before, new, now)}

    def _count_of_older(self) -> int:
        return sum(number(each.object, "status", "replicas") for each in self.older)

    def time_left(self, status: Object, now: float) -> float | None:
        """Seconds until the rollout has taken too long; None where it is over, one way or other."""
        progress = _condition(status, "Progressing")
        if text(progress, "reason") != "ReplicaSetUpdated" or self.is_paused:
            return None
        begun = moment_of(text(progress, "lastUpdateTime"))
        limit = number(self._spec, "progressDeadlineSeconds", default=600)
        return begun.timestamp() + limit - now if begun else None

    def give_up(self, status: Object, now: str) -> None:
        """Say in the status that the rollout has taken too long."""
        progress = _condition(status, "Progressing")
        name = f"{self.deployment.key[1]}-{self._hash}"
        progress["status"] = "False"
        progress["reason"] = "ProgressDeadlineExceeded"
        progress["message"] = f'ReplicaSet "{name}" has timed out progressing.'
        progress["lastUpdateTime"] = progress["lastTransitionTime"] = now

    def _count(self, field: str, *, current: bool = False) -> int:
        sets = ([self.current] if self.current else []) if current else self._sets
        return sum(number(each.object, "status", field) for each in sets)


def _revision(replica_set: Record) -> int:
    word = text(replica_set.object, "metadata", "annotations", _REVISION)
    return int(word) if word.isdigit() else 0


def _condition(status: Object, kind: str) -> Object:
    return next((each for each in objects(status, "conditions") if each.get("type") == kind), {})


def _updated(before: Object, new: Object, now: str) -> str:
    """When a condition was last told anew."""
    old = _condition(before, text(new, "type"))
    same = all(old.get(key) == new[key] for key in ("status", "reason", "message"))
    return (same and text(old, "lastUpdateTime")) or now
