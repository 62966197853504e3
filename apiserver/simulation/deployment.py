"""Deployments: one ReplicaSet a template; pods move from the old ones to the new by strategy."""

from __future__ import annotations

from collections.abc import Iterable

from apiserver.cluster import Cluster
from apiserver.simulation import deployment_status
from apiserver.simulation.office import Office, controller_key, with_foreign
from apiserver.simulation.rollout import REVISION, Rollout
from apiserver.simulation.scaling import Sizes, next_sizes, scaled
from apiserver.storage import Event, Key, Record
from apiserver.value import copy_of, part, same, section

SHELF = ("apps", "deployments")
_SETS = ("apps", "replicasets")


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
        if not self._step(rollout):
            return self._tell(rollout)
        return self._tell(Rollout(record, self._sets.owned(record)))

    def _step(self, rollout: Rollout) -> bool:
        """Change the ReplicaSets where they are not as they should be. Says whether any did."""
        if rollout.is_paused or rollout.is_scaled:
            return self._resize(rollout, scaled(rollout))
        if rollout.current is None:
            return self._begin(rollout)
        if self._write(rollout.current, rollout.taken_up(rollout.current)):
            return True
        if self._resize(rollout, next_sizes(rollout)):
            return True
        if rollout.is_complete:
            for each in rollout.forgotten():
                self._sets.delete(each)
        return False

    def _begin(self, rollout: Rollout) -> bool:
        if rollout.replaces_all and self._resize(rollout, next_sizes(rollout)):
            return True
        if rollout.replaces_all and rollout.count("replicas"):
            return False
        self._sets.create(rollout.new_set())
        return True

    def _resize(self, rollout: Rollout, sizes: Sizes) -> bool:
        changed = [self._write(each, rollout.told(each.object, size)) for each, size in sizes]
        return any(changed)

    def _write(self, record: Record, content: dict[str, object]) -> bool:
        if same(content, record.object):
            return False
        self._sets.update(record, content)
        return True

    def _tell(self, rollout: Rollout) -> float | None:
        record, now = rollout.deployment, self._cluster.clock.now()
        status = deployment_status.status_of(rollout, self._cluster.stamp())
        left = deployment_status.time_left(rollout, status, now.timestamp())
        if left is not None and left <= 0:
            deployment_status.give_up(rollout, status, self._cluster.stamp())
        content = copy_of(record.object)
        content["status"] = with_foreign(status, section(content, "status"))
        if rollout.current is not None:
            part(content, "metadata", "annotations")[REVISION] = str(rollout.revision)
        if not same(content, record.object):
            self._deployments.update(record, copy_of(content), "status")
        return max(left, 1.0) if left is not None and left > 0 else None
