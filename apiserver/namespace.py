"""Namespaces: which exist from the start, and how one goes with all that is in it."""

from __future__ import annotations

from collections.abc import Iterable

from apiserver.cluster import Cluster
from apiserver.deletion import DeleteOptions, delete
from apiserver.resource import Resource
from apiserver.route import Target, WriteOptions
from apiserver.storage import Event, Key, Record
from apiserver.strategy import Strategies, Strategy
from apiserver.value import Object, copy_of, part, strings, text
from apiserver.write import Writing, create

SHELF = ("", "namespaces")
FIRST = ("default", "kube-system", "kube-public", "kube-node-lease")
_NAME_LABEL = "kubernetes.io/metadata.name"
_FINALIZER = "kubernetes"
_ROOT_CA = "kube-root-ca.crt"


def _default(new: Object) -> None:
    part(new, "metadata", "labels")[_NAME_LABEL] = text(new, "metadata", "name")


def _prepare(cluster: Cluster, new: Object, old: Object | None) -> None:
    if old is None:
        new["spec"] = {"finalizers": [_FINALIZER]}
        new["status"] = {"phase": "Active"}
    else:
        # Only the finalize subresource takes the finalizer away.
        new["spec"] = old.get("spec", {})


NAMESPACE = Strategy(_default, _prepare)
_STRATEGIES = Strategies({("", "Namespace"): NAMESPACE})


def _create(cluster: Cluster, resource: Resource, content: Object) -> Record:
    target = Target("", "v1", resource.plural, text(content, "metadata", "namespace"))
    options = WriteOptions(manager="kube-controller-manager")
    return create(Writing(cluster, resource, target, options, _STRATEGIES), content)


def first_namespaces(cluster: Cluster) -> None:
    """Make the namespaces that every cluster has."""
    kind = cluster.kind("", "Namespace")
    for name in FIRST:
        if cluster.find(kind, "", name) is None:
            _create(cluster, kind, {"metadata": {"name": name}})


class Namespaces:
    """The controller of namespaces."""

    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster

    def keys(self, event: Event) -> Iterable[Key]:
        """Namespaces that were written, and those in which something went."""
        if event.shelf == SHELF:
            return [event.now.key]
        namespace = event.now.key[0]
        return [("", namespace)] if namespace and event.type == "DELETED" else []

    def reconcile(self, key: Key) -> float | None:
        """Furnish a new namespace, or empty one that is going."""
        record = self._cluster.storage.find(SHELF, *key)
        if record is None:
            return None
        if record.is_terminating:
            self._empty(record)
        else:
            self._furnish(key[1])
        return None

    def _furnish(self, namespace: str) -> None:
        metadata: Object = {"namespace": namespace, "name": "default"}
        self._ensure("ServiceAccount", {"metadata": metadata})
        metadata = {"namespace": namespace, "name": _ROOT_CA}
        data = {"ca.crt": self._cluster.authority}
        self._ensure("ConfigMap", {"metadata": metadata, "data": data})

    def _ensure(self, kind: str, content: Object) -> None:
        resource = self._cluster.kind("", kind)
        metadata = part(content, "metadata")
        where = text(metadata, "namespace"), text(metadata, "name")
        if self._cluster.find(resource, *where) is None:
            _create(self._cluster, resource, content)

    def _empty(self, record: Record) -> None:
        namespace, left = record.key[1], False
        for resource in self._cluster.registry.kinds():
            if resource.namespaced:
                left = self._empty_of(resource, namespace) or left
        if not left:
            self._let_go(record)

    def _empty_of(self, resource: Resource, namespace: str) -> bool:
        """Delete all of one kind. Says whether any is left, held by a finalizer."""
        collection = self._cluster.storage.shelf(resource.shelf)
        for each in collection.in_order(namespace):
            delete(self._cluster, resource, each, DeleteOptions(grace=0))
        return bool(collection.in_order(namespace))

    def _let_go(self, record: Record) -> None:
        content = copy_of(record.object)
        spec = part(content, "spec")
        spec["finalizers"] = [each for each in strings(spec, "finalizers") if each != _FINALIZER]
        if strings(spec, "finalizers") or strings(content, "metadata", "finalizers"):
            if content != record.object:
                self._cluster.storage.put(SHELF, content)
            return
        self._cluster.storage.remove(SHELF, record)
