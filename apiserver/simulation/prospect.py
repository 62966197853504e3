"""What lies ahead of a pod: its own word, or that of a workload which it belongs to."""

from __future__ import annotations

from collections.abc import Iterator

from apiserver.clock import moment_of
from apiserver.cluster import Cluster
from apiserver.fate import Fate, fate_of, wish
from apiserver.storage import Event, Key, Record
from apiserver.value import Object, objects, text

PODS = ("", "pods")
_WORKLOADS = {
    "DaemonSet": ("apps", "daemonsets"),
    "Deployment": ("apps", "deployments"),
    "Job": ("batch", "jobs"),
    "ReplicaSet": ("apps", "replicasets"),
    "StatefulSet": ("apps", "statefulsets"),
}
_SHELVES = frozenset(_WORKLOADS.values())
_MOST_LEVELS = 4


def fate_of_pod(cluster: Cluster, pod: Object) -> Fate:
    """The fate of a pod: the nearest word counts."""
    content: Object | None = pod
    for _ in range(_MOST_LEVELS):
        if content is None:
            break
        if found := fate_of(wish(content)):
            return found
        content = _controller(cluster, content)
    return cluster.fate


def _controller(cluster: Cluster, content: Object) -> Object | None:
    namespace = text(content, "metadata", "namespace")
    for each in objects(content, "metadata", "ownerReferences"):
        shelf = _WORKLOADS.get(text(each, "kind"))
        if each.get("controller") is True and shelf:
            found = cluster.storage.find(shelf, namespace, text(each, "name"))
            return found.object if found else None
    return None


def root_of(cluster: Cluster, content: Object) -> Object:
    """The workload at the top of those that an object belongs to; itself where there is none."""
    for _ in range(_MOST_LEVELS):
        above = _controller(cluster, content)
        if above is None:
            break
        content = above
    return content


def time_left(cluster: Cluster, content: Object, fate: Fate) -> float:
    """Seconds until an object that is slow is ready; 0 where it may be now."""
    begun = moment_of(text(content, "metadata", "creationTimestamp"))
    if not fate.delay or begun is None:
        return 0.0
    return max(begun.timestamp() + fate.delay - cluster.clock.now().timestamp(), 0.0)


def concerned(cluster: Cluster, event: Event) -> Iterator[Key]:
    """The pods whose workload has changed its word."""
    before = event.before.object if event.before else {}
    if event.shelf in _SHELVES and wish(before) != wish(event.now.object):
        yield from (each.key for each in _pods_below(cluster, event.now, _MOST_LEVELS))


def _pods_below(cluster: Cluster, owner: Record, levels: int) -> Iterator[Record]:
    yield from cluster.family.owned(owner.uid, PODS)
    if levels:
        for shelf in _SHELVES:
            for each in cluster.family.owned(owner.uid, shelf):
                yield from _pods_below(cluster, each, levels - 1)
