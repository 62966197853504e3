"""StatefulSets: numbered pods, and a claim for each of their volumes."""

from __future__ import annotations

from collections.abc import Iterable

from apiserver.cluster import Cluster
from apiserver.simulation.kubelet import is_ready
from apiserver.simulation.office import Office, controller_key
from apiserver.simulation.replica_set import MOST_PODS, PODS, pod_of
from apiserver.simulation.revision import hash_of
from apiserver.storage import Event, Key, Record
from apiserver.value import Object, copy_of, number, objects, part, section, text

SHELF = ("apps", "statefulsets")
_REVISION = "controller-revision-hash"
_NAME = "statefulset.kubernetes.io/pod-name"
_INDEX = "apps.kubernetes.io/pod-index"


class StatefulSets:
    """The controller of StatefulSets."""

    def __init__(self, cluster: Cluster) -> None:
        self._sets = Office(cluster, "apps", "StatefulSet")
        self._pods = Office(cluster, "", "Pod")
        self._claims = Office(cluster, "", "PersistentVolumeClaim")

    def keys(self, event: Event) -> Iterable[Key]:
        """StatefulSets that were written, or whose pods were."""
        if event.shelf == SHELF:
            return [event.now.key]
        if event.shelf == PODS:
            owner = controller_key(event.now.object, "StatefulSet")
            return [owner] if owner else []
        return []

    def reconcile(self, key: Key) -> float | None:
        """Make the next pod, or replace one of an old template; then count."""
        record = self._sets.find(key)
        if record is None or record.is_terminating:
            return None
        revision = f"{key[1]}-{hash_of(section(record.object, 'spec', 'template'))}"
        wanted = min(number(record.object, "spec", "replicas"), MOST_PODS)
        pods = {each.key[1]: each for each in self._pods.owned(record)}
        self._step(record, revision, wanted, pods)
        self._sets.set_status(record, _status(record, list(pods.values()), revision))
        return None

    def _step(self, record: Record, revision: str, wanted: int, pods: dict[str, Record]) -> None:
        """In order: each pod waits for the one before it, unless the set is Parallel."""
        parallel = text(record.object, "spec", "podManagementPolicy") == "Parallel"
        names = [f"{record.key[1]}-{index}" for index in range(wanted)]
        for index, name in enumerate(names):
            pod = pods.get(name)
            if pod is None:
                self._make(record, revision, index)
            elif _revision(pod) != revision and not pod.is_terminating:
                self._pods.delete(pod)
            elif parallel or is_ready(pod.object):
                continue
            if not parallel:
                break
        for name in pods.keys() - set(names):
            if not pods[name].is_terminating:
                self._pods.delete(pods[name])

    def _make(self, record: Record, revision: str, index: int) -> None:
        name = f"{record.key[1]}-{index}"
        pod = pod_of(record, name)
        labels = part(pod, "metadata", "labels")
        labels.update({_REVISION: revision, _NAME: name, _INDEX: str(index)})
        part(pod, "spec").update({"hostname": name})
        volumes = objects(pod, "spec", "volumes")
        for claim in objects(record.object, "spec", "volumeClaimTemplates"):
            volumes.append(self._claim(record, claim, name))
        if volumes:
            part(pod, "spec")["volumes"] = volumes
        self._pods.create(pod)

    def _claim(self, record: Record, template: Object, pod: str) -> Object:
        """Make the claim that a pod needs. Answers the pod's volume for it."""
        volume = text(template, "metadata", "name")
        name = f"{volume}-{pod}"
        if self._claims.find((record.key[0], name)) is None:
            content = copy_of({"metadata": template["metadata"], "spec": template["spec"]})
            labels = section(record.object, "spec", "selector", "matchLabels")
            part(content, "metadata").update({"name": name, "namespace": record.key[0]})
            part(content, "metadata", "labels").update(labels)
            self._claims.create(content)
        return {"name": volume, "persistentVolumeClaim": {"claimName": name}}


def _revision(pod: Record) -> str:
    return text(pod.object, "metadata", "labels", _REVISION)


def _status(record: Record, pods: list[Record], revision: str) -> Object:
    pods = [each for each in pods if not each.is_terminating]
    ready = sum(is_ready(each.object) for each in pods)
    updated = sum(_revision(each) == revision for each in pods)
    wanted = number(record.object, "spec", "replicas")
    # Beyond what the simulation makes, pods count as ready.
    spare = max(wanted - MOST_PODS, 0) if ready >= MOST_PODS else 0
    is_done = updated + spare >= wanted and len(pods) == updated
    before = text(record.object, "status", "currentRevision")
    current = revision if is_done or not before else before
    return {
        "observedGeneration": number(record.object, "metadata", "generation"),
        "replicas": len(pods) + spare,
        "readyReplicas": ready + spare or None,
        "availableReplicas": ready + spare,
        "updatedReplicas": updated + spare or None,
        "currentReplicas": (updated + spare if is_done else len(pods) - updated) or None,
        "currentRevision": current,
        "updateRevision": revision,
        "collisionCount": 0,
    }
