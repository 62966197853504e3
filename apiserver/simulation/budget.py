"""How many of their pods PodDisruptionBudgets allow to go."""

from __future__ import annotations

from collections.abc import Iterable

from apiserver.cluster import Cluster
from apiserver.selector import label_selector
from apiserver.simulation.kubelet import PODS, is_ready
from apiserver.simulation.office import Office, condition
from apiserver.storage import Event, Key
from apiserver.value import Object, number, section

SHELF = ("policy", "poddisruptionbudgets")


class Budgets:
    """The controller of PodDisruptionBudgets."""

    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster
        self._budgets = Office(cluster, "policy", "PodDisruptionBudget")

    def keys(self, event: Event) -> Iterable[Key]:
        """Budgets that were written, and those of the namespace of a pod that was."""
        if event.shelf == SHELF:
            return [event.now.key]
        if event.shelf == PODS:
            shelf = self._cluster.storage.shelf(SHELF)
            return [each.key for each in shelf.in_order(event.now.key[0])]
        return []

    def reconcile(self, key: Key) -> float | None:
        """Count the pods of one budget."""
        record = self._budgets.find(key)
        if record is None or record.is_terminating:
            return None
        accepts = label_selector(section(record.object, "spec", "selector"))
        records = self._cluster.storage.shelf(PODS).in_order(key[0])
        pods = [each for each in records if accepts(section(each.object, "metadata", "labels"))]
        healthy = sum(is_ready(each.object) for each in pods)
        status = _status(record.object, len(pods), healthy, self._cluster.stamp())
        self._budgets.set_status(record, status)
        return None


def _status(budget: Object, expected: int, healthy: int, now: str) -> Object:
    spec = section(budget, "spec")
    least = spec.get("minAvailable")
    if least is not None:
        desired = _share(least, expected)
    else:
        desired = max(expected - _share(spec.get("maxUnavailable"), expected), 0)
    allowed = max(healthy - desired, 0) if expected else 0
    new: Object = {
        "type": "DisruptionAllowed",
        "status": "True" if allowed else "False",
        "reason": "SufficientPods" if allowed else "InsufficientPods",
        "message": "",
        "observedGeneration": number(budget, "metadata", "generation"),
    }
    return {
        "observedGeneration": number(budget, "metadata", "generation"),
        "expectedPods": expected,
        "currentHealthy": healthy,
        "desiredHealthy": desired,
        "disruptionsAllowed": allowed,
        "conditions": [condition(section(budget, "status"), new, now)],
    }


def _share(value: object, total: int) -> int:
    """A number, or a percentage of the total, rounded up."""
    if isinstance(value, str) and value.endswith("%"):
        return -(-total * int(value.removesuffix("%")) // 100)
    return value if isinstance(value, int) else 0
