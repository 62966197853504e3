"""Where the packets for a Service go: an EndpointSlice, and Endpoints, of the pods it selects."""

from __future__ import annotations

from collections.abc import Iterable

from apiserver.cluster import Cluster
from apiserver.simulation.node import NAME as NODE
from apiserver.simulation.office import Office, reference
from apiserver.simulation.pod import SHELF as PODS
from apiserver.simulation.pod import is_ready
from apiserver.simulation.revision import suffix
from apiserver.storage import Event, Key, Record
from apiserver.value import Object, copy_of, number, objects, same, section, text

SERVICES = ("", "services")
_NAME = "kubernetes.io/service-name"
_MANAGED_BY = "endpointslice.kubernetes.io/managed-by"
_MANAGER = "endpointslice-controller.k8s.io"
_LEGACY: Object = {"endpoints.kubernetes.io/managed-by": "endpoint-controller"}
_HEADLESS: Object = {"service.kubernetes.io/headless": ""}


class Endpoints:
    """The controller of EndpointSlices and Endpoints."""

    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster
        self._services = Office(cluster, "", "Service")
        self._slices = Office(cluster, "discovery.k8s.io", "EndpointSlice")
        self._endpoints = Office(cluster, "", "Endpoints")

    def keys(self, event: Event) -> Iterable[Key]:
        """Services that were written, and those of the namespace of a pod that was."""
        if event.shelf == SERVICES:
            return [event.now.key]
        if event.shelf == PODS:
            shelf = self._cluster.storage.shelf(SERVICES)
            return [each.key for each in shelf.in_order(event.now.key[0])]
        return []

    def reconcile(self, key: Key) -> float | None:
        """Bring the slice and the endpoints of one Service up to its pods."""
        service = self._services.find(key)
        if service is None:
            self._forget(key)
            return None
        selector = section(service.object, "spec", "selector")
        is_alias = text(service.object, "spec", "type") == "ExternalName"
        if service.is_terminating or is_alias or not selector:
            return None
        pods = self._pods_of(key[0], selector)
        slices = next(iter(self._slices.owned(service)), None)
        self._write(self._slices, slices, _slice(service, pods))
        self._write(self._endpoints, self._endpoints.find(key), _endpoints(service, pods))
        return None

    def _forget(self, key: Key) -> None:
        """Endpoints have no owner: they go by name."""
        known = self._endpoints.find(key)
        if known and _LEGACY.items() <= section(known.object, "metadata", "labels").items():
            self._endpoints.delete(known)

    def _write(self, office: Office, known: Record | None, wanted: Object) -> None:
        if known is None:
            office.create(wanted)
            return
        content = copy_of(known.object)
        labels = section(wanted, "metadata", "labels")
        content |= {key: value for key, value in wanted.items() if key != "metadata"}
        section(content, "metadata")["labels"] = labels
        if not same(content, known.object):
            office.update(known, content)

    def _pods_of(self, namespace: str, selector: Object) -> list[Object]:
        records = self._cluster.storage.shelf(PODS).in_order(namespace)
        return [each.object for each in records if _is_selected(each.object, selector)]


def _is_selected(pod: Object, selector: Object) -> bool:
    is_over = text(pod, "status", "phase") in ("Succeeded", "Failed")
    labels = section(pod, "metadata", "labels")
    return bool(text(pod, "status", "podIP")) and not is_over and selector.items() <= labels.items()


def _is_headless(service: Record) -> bool:
    return text(service.object, "spec", "clusterIP") == "None"


def _labels(service: Record) -> Object:
    headless = _HEADLESS if _is_headless(service) else {}
    return {**section(service.object, "metadata", "labels"), **headless}


def _slice(service: Record, pods: list[Object]) -> Object:
    namespace, name = service.key
    ports = objects(service.object, "spec", "ports")
    labels: Object = {**_labels(service), _NAME: name, _MANAGED_BY: _MANAGER}
    return {
        "metadata": {
            "name": f"{name}-{suffix()}",
            "generateName": f"{name}-",
            "namespace": namespace,
            "labels": labels,
            "ownerReferences": [reference(service)],
        },
        "addressType": "IPv4",
        "endpoints": [_endpoint(service, each) for each in pods] or None,
        "ports": [_port(each, pods) for each in ports] if pods else None,
    }


def _takes_all(service: Record) -> bool:
    return section(service.object, "spec").get("publishNotReadyAddresses") is True


def _endpoint(service: Record, pod: Object) -> Object:
    serving, goes = is_ready(pod), bool(text(pod, "metadata", "deletionTimestamp"))
    ready = _takes_all(service) or (serving and not goes)
    found: Object = {
        "addresses": [text(pod, "status", "podIP")],
        "conditions": {"ready": ready, "serving": serving, "terminating": goes},
        "nodeName": text(pod, "spec", "nodeName") or NODE,
        "targetRef": _pointer(pod),
    }
    if _has_a_name_of(service, pod):
        found["hostname"] = text(pod, "spec", "hostname")
    return found


def _has_a_name_of(service: Record, pod: Object) -> bool:
    """Whether a pod is found by its own name below that of a Service."""
    return bool(text(pod, "spec", "hostname")) and text(pod, "spec", "subdomain") == service.key[1]


def _pointer(pod: Object) -> Object:
    found: Object = {"kind": "Pod"}
    metadata = section(pod, "metadata")
    return found | {key: text(metadata, key) for key in ("name", "namespace", "uid")}


def _port(port: Object, pods: list[Object]) -> Object:
    target = port.get("targetPort")
    found = target if isinstance(target, int) else _named_port(pods, target)
    said: Object = {"appProtocol": port["appProtocol"]} if "appProtocol" in port else {}
    number_ = found or number(port, "port")
    return {"name": text(port, "name"), "protocol": text(port, "protocol"), "port": number_, **said}


def _named_port(pods: list[Object], name: object) -> int:
    for pod in pods:
        for container in objects(pod, "spec", "containers"):
            for port in objects(container, "ports"):
                if text(port, "name") == name:
                    return number(port, "containerPort")
    return 0


def _endpoints(service: Record, pods: list[Object]) -> Object:
    namespace, name = service.key
    metadata: Object = {"name": name, "namespace": namespace}
    metadata["labels"] = {**_labels(service), **_LEGACY}
    subset: Object = {}
    fit = [each for each in pods if _takes_all(service) or is_ready(each)]
    if fit:
        subset["addresses"] = [_address(service, each) for each in fit]
    if others := [each for each in pods if each not in fit]:
        subset["notReadyAddresses"] = [_address(service, each) for each in others]
    if subset and (ports := objects(service.object, "spec", "ports")):
        subset["ports"] = [_bare(_port(each, pods)) for each in ports]
    return {"metadata": metadata, **({"subsets": [subset]} if subset else {"subsets": None})}


def _address(service: Record, pod: Object) -> Object:
    found: Object = {
        "ip": text(pod, "status", "podIP"),
        "nodeName": text(pod, "spec", "nodeName") or NODE,
        "targetRef": _pointer(pod),
    }
    if _has_a_name_of(service, pod):
        found["hostname"] = text(pod, "spec", "hostname")
    return found


def _bare(port: Object) -> Object:
    """A port without a name that is empty."""
    return {key: value for key, value in port.items() if value != ""}
