"""Where the packets for a Service go: an EndpointSlice, and Endpoints, of the pods it selects."""

from __future__ import annotations

from collections.abc import Iterable

from apiserver.cluster import Cluster
from apiserver.simulation.kubelet import NODE, PODS, is_ready
from apiserver.simulation.office import Office, reference
from apiserver.simulation.revision import suffix
from apiserver.storage import Event, Key, Record
from apiserver.value import Object, copy_of, number, objects, same, section, text

SERVICES = ("", "services")
_NAME = "kubernetes.io/service-name"
_MANAGED_BY = "endpointslice.kubernetes.io/managed-by"
_MANAGER = "endpointslice-controller.k8s.io"


class Endpoints:
    """The controller of EndpointSlices."""

    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster
        self._services = Office(cluster, "", "Service")
        self._slices = Office(cluster, "discovery.k8s.io", "EndpointSlice")

    def keys(self, event: Event) -> Iterable[Key]:
        """Services that were written, and those of the namespace of a pod that was."""
        if event.shelf == SERVICES:
            return [event.now.key]
        if event.shelf == PODS:
            shelf = self._cluster.storage.shelf(SERVICES)
            return [each.key for each in shelf.in_order(event.now.key[0])]
        return []

    def reconcile(self, key: Key) -> float | None:
        """Bring the slice of one Service up to its pods."""
        service = self._services.find(key)
        selector = section(service.object if service else {}, "spec", "selector")
        if service is None or service.is_terminating or not selector:
            return None
        wanted = _slice(service, self._pods_of(key[0], selector))
        known = next(iter(self._slices.owned(service)), None)
        if known is None:
            self._slices.create(wanted)
            return None
        content = copy_of(known.object)
        content |= {"endpoints": wanted["endpoints"], "ports": wanted["ports"]}
        if not same(content, known.object):
            self._slices.update(known, content)
        return None

    def _pods_of(self, namespace: str, selector: Object) -> list[Object]:
        records = self._cluster.storage.shelf(PODS).in_order(namespace)
        return [each.object for each in records if _is_selected(each.object, selector)]


def _is_selected(pod: Object, selector: Object) -> bool:
    labels = section(pod, "metadata", "labels")
    return bool(text(pod, "status", "podIP")) and selector.items() <= labels.items()


def _slice(service: Record, pods: list[Object]) -> Object:
    namespace, name = service.key
    labels = {**section(service.object, "metadata", "labels"), _NAME: name, _MANAGED_BY: _MANAGER}
    return {
        "metadata": {
            "name": f"{name}-{suffix()}",
            "generateName": f"{name}-",
            "namespace": namespace,
            "labels": labels,
            "ownerReferences": [reference(service)],
        },
        "addressType": "IPv4",
        "endpoints": [_endpoint(each) for each in pods] or None,
        "ports": [_port(each, pods) for each in objects(service.object, "spec", "ports")]
        if pods
        else None,
    }


def _endpoint(pod: Object) -> Object:
    ready, goes = is_ready(pod), bool(text(pod, "metadata", "deletionTimestamp"))
    return {
        "addresses": [text(pod, "status", "podIP")],
        "conditions": {"ready": ready and not goes, "serving": ready, "terminating": goes},
        "nodeName": text(pod, "spec", "nodeName") or NODE,
        "targetRef": {
            "kind": "Pod",
            "name": text(pod, "metadata", "name"),
            "namespace": text(pod, "metadata", "namespace"),
            "uid": text(pod, "metadata", "uid"),
        },
    }


def _port(port: Object, pods: list[Object]) -> Object:
    target = port.get("targetPort")
    found = target if isinstance(target, int) else _named_port(pods, target)
    return {
        "name": text(port, "name"),
        "protocol": text(port, "protocol"),
        "port": found or number(port, "port"),
    }


def _named_port(pods: list[Object], name: object) -> int:
    for pod in pods:
        for container in objects(pod, "spec", "containers"):
            for port in objects(container, "ports"):
                if text(port, "name") == name:
                    return number(port, "containerPort")
    return 0
