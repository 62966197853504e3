"""StatefulSets: numbered pods, each with its claims, that come, change and go in order.

Behaviour: the stateful set controller of Kubernetes 1.36. As there, a pod that never gets ready
holds up an ordered set, also where its template has been mended since: it has to be deleted.
"""

from __future__ import annotations

from collections.abc import Iterable

from apiserver.cluster import Cluster
from apiserver.simulation.history import Histories, Revision
from apiserver.simulation.office import Office, controller_key
from apiserver.simulation.pod import MOST_PODS, Crew, is_active
from apiserver.simulation.pod import SHELF as PODS
from apiserver.simulation.stateful_plan import Plan, ordinal, ordinals, revision_of
from apiserver.simulation.stateful_pod import claims_of, own_claim, pod_at
from apiserver.storage import Event, Key, Record
from apiserver.value import Object, number, objects, text

SHELF = ("apps", "statefulsets")


class StatefulSets:
    """The controller of StatefulSets."""

    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster
        self._sets = Office(cluster, "apps", "StatefulSet")
        self._pods = Office(cluster, "", "Pod")
        self._claims = Office(cluster, "", "PersistentVolumeClaim")
        self._histories = Histories(cluster, "controller.kubernetes.io/hash")

    def keys(self, event: Event) -> Iterable[Key]:
        """StatefulSets that were written, or whose pods were."""
        if event.shelf == SHELF:
            return [event.now.key]
        if event.shelf == PODS:
            owner = controller_key(event.now.object, "StatefulSet")
            return [owner] if owner else []
        return []

    def reconcile(self, key: Key) -> float | None:
        """Take the next steps, and count."""
        record = self._sets.find(key)
        if record is None or record.is_terminating:
            return None
        newest = self._histories.current(record)
        known = text(record.object, "status", "currentRevision") or newest.name
        before = self._histories.named(record, known) or newest
        pods = list(self._pods.owned(record))
        now = self._cluster.clock.now().timestamp()
        plan = Plan(record.object, pods, newest.name, now)
        for index in plan.missing():
            self._make(record, index, plan.chosen(index, newest, before))
        for pod in plan.superfluous():
            self._release_claims(record, pod)
            self._pods.delete(pod)
        crew = Crew([each for each in self._pods.owned(record) if is_active(each)], plan.least, now)
        self._tell(record, crew, newest, before)
        return crew.again

    def _make(self, record: Record, index: int, revision: Revision) -> None:
        pod = pod_at(record, index, revision)
        for claim in claims_of(record, pod):
            if self._claims.find((record.key[0], text(claim, "metadata", "name"))) is None:
                self._claims.create(claim)
        self._pods.create(pod)

    def _release_claims(self, record: Record, pod: Record) -> None:
        """Let the claims go with a pod that the set has become too small for, where it says so."""
        policy = text(record.object, "spec", "persistentVolumeClaimRetentionPolicy", "whenScaled")
        if policy != "Delete" or ordinal(pod) in ordinals(record.object):
            return
        for volume in objects(pod.object, "spec", "volumes"):
            name = text(volume, "persistentVolumeClaim", "claimName")
            claim = self._claims.find((record.key[0], name)) if name else None
            if claim is not None:
                self._claims.update(claim, own_claim(claim.object, pod))

    def _tell(self, record: Record, crew: Crew, newest: Revision, before: Revision) -> None:
        status = _status(record, crew, newest, before)
        self._sets.set_status(record, status)
        used = {newest.name, str(status["currentRevision"]), *map(revision_of, crew.pods)}
        self._histories.trim(record, used)


def _status(record: Record, crew: Crew, newest: Revision, before: Revision) -> Object:
    wanted = number(record.object, "spec", "replicas")
    # Beyond what the simulation makes, pods count as the others do.
    spare = max(wanted - MOST_PODS, 0) if crew.ready >= MOST_PODS else 0
    revisions = [revision_of(each) for each in crew.pods]
    updated = revisions.count(newest.name)
    by_itself = text(record.object, "spec", "updateStrategy", "type") == "RollingUpdate"
    is_done = by_itself and wanted - spare == updated == len(revisions) == crew.ready
    current = newest if is_done else before
    return {
        "observedGeneration": number(record.object, "metadata", "generation"),
        "replicas": len(revisions) + spare,
        "readyReplicas": crew.ready + spare or None,
        "availableReplicas": crew.available + spare,
        "updatedReplicas": updated + spare or None,
        "currentReplicas": revisions.count(current.name) + spare or None,
        "currentRevision": current.name,
        "updateRevision": newest.name,
        "collisionCount": 0,
    }
