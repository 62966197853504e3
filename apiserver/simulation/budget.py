"""How many of their pods PodDisruptionBudgets allow to go."""

from __future__ import annotations

from collections.abc import Iterable

from apiserver.cluster import Cluster
from apiserver.selector import label_selector
from apiserver.simulation.office import Office, condition
from apiserver.simulation.pod import SHELF as PODS
from apiserver.simulation.pod import is_ready
from apiserver.simulation.prospect import root_of
from apiserver.simulation.rollout import share
from apiserver.storage import Event, Key, Record
from apiserver.value import Object, number, section, text

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
        counted = _counts_by_workload(record.object)
        expected = self._asked_for(pods) if counted else len(pods)
        status = _status(record.object, expected, healthy, self._cluster.stamp())
        self._budgets.set_status(record, status)
        return None

    def _asked_for(self, pods: list[Record]) -> int:
        """How many pods their workloads ask for; a pod without one counts for itself."""
        alone, asked = 0, {}
        for pod in pods:
            top = root_of(self._cluster, pod.object)
            replicas = section(top, "spec").get("replicas")
            if isinstance(replicas, int):
                asked[text(top, "metadata", "uid")] = replicas
            else:
                alone += 1
        return sum(asked.values()) + alone


def _counts_by_workload(budget: Object) -> bool:
    """Whether a budget speaks of a part of all pods, which are then those that should be there."""
    spec = section(budget, "spec")
    return spec.get("maxUnavailable") is not None or isinstance(spec.get("minAvailable"), str)


def _status(budget: Object, expected: int, healthy: int, now: str) -> Object:
    spec = section(budget, "spec")
    least = spec.get("minAvailable")
    if least is not None:
        desired = share(least, expected, up=True)
    else:
        desired = max(expected - share(spec.get("maxUnavailable"), expected, up=True), 0)
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
