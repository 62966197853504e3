"""What a Deployment asks of its ReplicaSets, in figures and in annotations. Pure.

Behaviour: the deployment controller of Kubernetes 1.36.
"""

from __future__ import annotations

from collections.abc import Iterable

from apiserver.fate import SIMULATE
from apiserver.simulation.office import reference, template_with
from apiserver.simulation.revision import hash_of
from apiserver.storage import Record
from apiserver.value import Object, copy_of, number, part, section, text

HASH = "pod-template-hash"
REVISION = "deployment.kubernetes.io/revision"
_HISTORY = "deployment.kubernetes.io/revision-history"
DESIRED = "deployment.kubernetes.io/desired-replicas"
MOST = "deployment.kubernetes.io/max-replicas"
_OWN = frozenset(
    {
        REVISION,
        _HISTORY,
        DESIRED,
        MOST,
        SIMULATE,
        "kubectl.kubernetes.io/last-applied-configuration",
        "deprecated.deployment.rollback.to",
    }
)
"""Annotations that a ReplicaSet does not take over from its Deployment."""


class Rollout:
    """A Deployment and its ReplicaSets, oldest first."""

    def __init__(self, deployment: Record, sets: Iterable[Record]) -> None:
        self.deployment = deployment
        self.spec = section(deployment.object, "spec")
        self.sets = sorted(sets, key=_age)
        self._hash = hash_of(section(self.spec, "template"))
        self.current = next((each for each in self.sets if self._is_current(each)), None)
        self.older = [each for each in self.sets if each is not self.current]
        self.wanted = number(self.spec, "replicas")
        self.surge, self.unavailable = _room(self.spec, self.wanted)

    def _is_current(self, replica_set: Record) -> bool:
        return text(replica_set.object, "metadata", "labels", HASH) == self._hash

    @property
    def name(self) -> str:
        """The name of the current ReplicaSet."""
        return f"{self.deployment.key[1]}-{self._hash}"

    @property
    def is_paused(self) -> bool:
        """Whether nothing but the number of pods may change."""
        return self.spec.get("paused") is True

    @property
    def replaces_all(self) -> bool:
        """Whether the old pods go before the new ones come."""
        return text(self.spec, "strategy", "type") == "Recreate"

    @property
    def active(self) -> list[Record]:
        """The ReplicaSets that are asked for pods, oldest first."""
        return [each for each in self.sets if size_of(each)]

    @property
    def is_scaled(self) -> bool:
        """Whether the number of pods has changed since the ReplicaSets were last asked for any."""
        return any(_annotated(each, DESIRED) not in (None, self.wanted) for each in self.active)

    @property
    def revision(self) -> int:
        """The number of the current template: a template that is taken up again is the newest."""
        newest = max(map(revision_of, self.older), default=0)
        return max(revision_of(self.current) if self.current else 0, newest + 1)

    @property
    def is_complete(self) -> bool:
        """Whether all pods are of the current template, and available."""
        return (
            self.wanted
            == self.count("replicas")
            == self.count("replicas", current=True)
            == self.count("availableReplicas")
        )

    def count(self, field: str, *, current: bool = False) -> int:
        """The sum of a number in the status of all ReplicaSets, or of the current one."""
        sets = ([self.current] if self.current else []) if current else self.sets
        return sum(number(each.object, "status", field) for each in sets)

    def first_size(self) -> int:
        """How many pods the current ReplicaSet may have beside those of the older ones."""
        now = size_of(self.current) if self.current else 0
        if self.replaces_all or self.wanted < now:
            return self.wanted
        room = self.wanted + self.surge - sum(map(size_of, self.sets))
        return now + max(min(room, self.wanted - now), 0)

    def new_set(self) -> Object:
        """The ReplicaSet for the current template."""
        template = template_with(section(self.spec, "template"), {HASH: self._hash})
        selector = copy_of(section(self.spec, "selector"))
        part(selector, "matchLabels")[HASH] = self._hash
        size = self.first_size()
        metadata: Object = {
            "namespace": self.deployment.key[0],
            "name": self.name,
            "labels": section(template, "metadata", "labels"),
            "ownerReferences": [reference(self.deployment)],
        }
        spec: Object = {"selector": selector, "template": template}
        return self.told(self._placed({"metadata": metadata, "spec": spec}), size)

    def told(self, content: Object, size: int) -> Object:
        """A ReplicaSet that is asked for so many pods, and knows of how many."""
        new = copy_of(content)
        part(new, "spec")["replicas"] = size
        known = part(new, "metadata", "annotations")
        known[DESIRED], known[MOST] = str(self.wanted), str(self.wanted + self.surge)
        return new

    def taken_up(self, current: Record) -> Object:
        """The current ReplicaSet with its place in the history, and what the Deployment says of
        the reason for the change."""
        return self.told(self._placed(current.object), size_of(current))

    def _placed(self, replica_set: Object) -> Object:
        new = copy_of(replica_set)
        known = part(new, "metadata", "annotations")
        theirs = section(self.deployment.object, "metadata", "annotations")
        known.update({key: value for key, value in theirs.items() if key not in _OWN})
        before, now = text(known, REVISION), str(self.revision)
        if before not in ("", now):
            known[_HISTORY] = ",".join(filter(None, (text(known, _HISTORY), before)))
        known[REVISION] = now
        if least := number(self.spec, "minReadySeconds"):
            part(new, "spec")["minReadySeconds"] = least
        return new

    def forgotten(self) -> list[Record]:
        """Old ReplicaSets beyond the history that is kept."""
        limit = number(self.spec, "revisionHistoryLimit", default=10)
        empty = [
            each
            for each in self.older
            if not size_of(each) and not number(each.object, "status", "replicas")
        ]
        empty.sort(key=revision_of)
        return empty[: max(len(empty) - limit, 0)]


def _age(replica_set: Record) -> tuple[str, int]:
    return text(replica_set.object, "metadata", "creationTimestamp"), revision_of(replica_set)


def size_of(replica_set: Record) -> int:
    """How many pods a ReplicaSet is asked for."""
    return number(replica_set.object, "spec", "replicas")


def available(replica_set: Record) -> int:
    """How many pods of a ReplicaSet can be used."""
    return number(replica_set.object, "status", "availableReplicas")


def revision_of(replica_set: Record) -> int:
    """The number of a ReplicaSet's template in the history of its Deployment; 0: it has none."""
    return _annotated(replica_set, REVISION) or 0


def _annotated(replica_set: Record, key: str) -> int | None:
    word = text(replica_set.object, "metadata", "annotations", key)
    return int(word) if word.isdecimal() else None


def largest(replica_set: Record, otherwise: int) -> int:
    """How many pods all ReplicaSets might have had together when this one got its size."""
    return _annotated(replica_set, MOST) or otherwise


def _room(spec: Object, wanted: int) -> tuple[int, int]:
    """How many pods there may be too many, and too few. Never none of both: nothing could move."""
    strategy = section(spec, "strategy")
    if text(strategy, "type") == "Recreate":
        return 0, 0
    rolling = section(strategy, "rollingUpdate")
    surge = share(rolling.get("maxSurge"), wanted, up=True)
    unavailable = share(rolling.get("maxUnavailable"), wanted, up=False)
    return surge, min(unavailable, wanted) or (0 if surge else 1)


def share(value: object, total: int, *, up: bool) -> int:
    """A number, or a percentage of the total."""
    if isinstance(value, str) and value.endswith("%"):
        hundredths = total * int(value.removesuffix("%"))
        return -(-hundredths // 100) if up else hundredths // 100
    return value if isinstance(value, int) else 0
