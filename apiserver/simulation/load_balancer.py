"""Addresses from outside: of Services of type LoadBalancer, and of Ingresses."""

from __future__ import annotations

from collections.abc import Iterable

from apiserver.cluster import Cluster
from apiserver.fate import fate_of, wish
from apiserver.simulation.office import Office
from apiserver.simulation.prospect import time_left
from apiserver.storage import Event, Key, Record, Shelf
from apiserver.value import Object, elements, section, text

ADDRESS = "203.0.113.10"
SERVICES = ("", "services")
INGRESSES = ("networking.k8s.io", "ingresses")


class LoadBalancers:
    """The controller of one kind that is reached from outside."""

    def __init__(self, cluster: Cluster, shelf: Shelf, kind: str) -> None:
        self._cluster = cluster
        self._shelf = shelf
        self._served = Office(cluster, shelf[0], kind, manager="cloud-controller-manager")

    def keys(self, event: Event) -> Iterable[Key]:
        """Objects that were written."""
        is_there = event.shelf == self._shelf and event.type != "DELETED"
        return [event.now.key] if is_there else []

    def reconcile(self, key: Key) -> float | None:
        """Give an object its address; take it from a Service that is of another type by now."""
        record = self._served.find(key)
        if record is None or record.is_terminating:
            return None
        if self._shelf == SERVICES and text(record.object, "spec", "type") != "LoadBalancer":
            self._tell(record, None)
            return None
        fate = fate_of(wish(record.object)) or self._cluster.fate
        if left := time_left(self._cluster, record.object, fate):
            return left
        if fate.outcome == "ready":
            # A Service says how its address is reached, an Ingress does not.
            mode: Object = {"ipMode": "VIP"} if self._shelf == SERVICES else {}
            self._tell(record, {"ip": ADDRESS, **mode})
        return None

    def _tell(self, record: Record, point: Object | None) -> None:
        known = elements(record.object, "status", "loadBalancer", "ingress")
        if bool(known) == bool(point):
            return
        balancer: Object = {"ingress": [point]} if point else {}
        status = section(record.object, "status")
        self._served.set_status(record, {**status, "loadBalancer": balancer})
