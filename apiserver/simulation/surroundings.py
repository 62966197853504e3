"""What a provider of machines gives: a node, volumes for claims, addresses for load balancers."""

from __future__ import annotations

from collections.abc import Iterable

from apiserver.cluster import Cluster
from apiserver.fate import READY, fate_of, wish
from apiserver.finalizer import lift
from apiserver.simulation.kubelet import ADDRESS, NODE
from apiserver.simulation.office import Office
from apiserver.simulation.prospect import time_left
from apiserver.storage import Event, Key, Record
from apiserver.value import Object, copy_of, elements, part, section, strings, text

CLAIMS = ("", "persistentvolumeclaims")
SERVICES = ("", "services")
_PROTECTION = "kubernetes.io/pvc-protection"
_BALANCER = "203.0.113.10"


def furnish(cluster: Cluster) -> None:
    """Make the one node."""
    nodes = Office(cluster, "", "Node", manager="kubelet")
    if nodes.find(("", NODE)) is None:
        labels = {"kubernetes.io/hostname": NODE, "kubernetes.io/os": "linux"}
        node = nodes.create({"metadata": {"name": NODE, "labels": labels}, "spec": {}})
        nodes.set_status(node, _node_status(cluster.stamp()))


_BLANK = (
    "architecture", "bootID", "containerRuntimeVersion", "kernelVersion", "kubeProxyVersion",
    "machineID", "osImage", "systemUUID",
)  # fmt: skip


def _node_status(now: str) -> Object:
    room: Object = {"cpu": "8", "memory": "32Gi", "pods": "110", "ephemeral-storage": "100Gi"}
    ready: Object = {
        "type": "Ready",
        "status": "True",
        "reason": "KubeletReady",
        "message": "kubelet is posting ready status",
        "lastHeartbeatTime": now,
        "lastTransitionTime": now,
    }
    info: Object = dict.fromkeys(_BLANK, "")
    info |= {"kubeletVersion": "v1.36.3", "operatingSystem": "linux"}
    addresses = [{"type": "InternalIP", "address": ADDRESS}, {"type": "Hostname", "address": NODE}]
    return {
        "capacity": room,
        "allocatable": room,
        "conditions": [ready],
        "addresses": addresses,
        "nodeInfo": info,
    }


class Claims:
    """The controller of volume claims: each gets a volume of its own."""

    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster
        self._claims = Office(cluster, "", "PersistentVolumeClaim")
        self._volumes = Office(cluster, "", "PersistentVolume")

    def keys(self, event: Event) -> Iterable[Key]:
        """Claims that were written or went."""
        return [event.now.key] if event.shelf == CLAIMS else []

    def reconcile(self, key: Key) -> float | None:
        """Bind a claim, or let it go."""
        record = self._claims.find(key)
        if record is None:
            return None
        if record.is_terminating:
            lift(self._cluster, CLAIMS, record, _PROTECTION)
        elif text(record.object, "status", "phase") != "Bound":
            fate = fate_of(wish(record.object)) or READY
            if left := time_left(self._cluster, record.object, fate):
                return left
            if fate.outcome == "ready":
                self._bind(record)
        return None

    def _bind(self, record: Record) -> None:
        content = copy_of(record.object)
        spec = part(content, "spec")
        if not text(spec, "volumeName"):
            name = f"pvc-{record.uid}"
            if self._volumes.find(("", name)) is None:
                self._volumes.create(_volume(record, name))
            spec["volumeName"] = name
            record = self._claims.update(record, content)
        size = text(spec, "resources", "requests", "storage")
        self._claims.set_status(
            record,
            {
                "phase": "Bound",
                "accessModes": strings(spec, "accessModes"),
                "capacity": {"storage": size},
            },
        )


def _volume(claim: Record, name: str) -> Object:
    spec = section(claim.object, "spec")
    size = text(spec, "resources", "requests", "storage")
    content: Object = {
        "capacity": {"storage": size},
        "accessModes": strings(spec, "accessModes"),
        "persistentVolumeReclaimPolicy": "Delete",
        "volumeMode": text(spec, "volumeMode"),
        "hostPath": {"path": f"/var/simulated/{name}", "type": ""},
        "claimRef": {
            "apiVersion": "v1",
            "kind": "PersistentVolumeClaim",
            "namespace": claim.key[0],
            "name": claim.key[1],
            "uid": claim.uid,
        },
    }
    if kind := text(spec, "storageClassName"):
        content["storageClassName"] = kind
    return {"metadata": {"name": name}, "spec": content}


class LoadBalancers:
    """The controller of Services of type LoadBalancer."""

    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster
        self._services = Office(cluster, "", "Service", manager="cloud-controller-manager")

    def keys(self, event: Event) -> Iterable[Key]:
        """Services that were written."""
        return [event.now.key] if event.shelf == SERVICES and event.type != "DELETED" else []

    def reconcile(self, key: Key) -> float | None:
        """Give a load balancer its address."""
        record = self._services.find(key)
        if record is None or text(record.object, "spec", "type") != "LoadBalancer":
            return None
        fate = fate_of(wish(record.object)) or READY
        if left := time_left(self._cluster, record.object, fate):
            return left
        if fate.outcome != "ready":
            return None
        if not elements(record.object, "status", "loadBalancer", "ingress"):
            points = [{"ip": _BALANCER, "ipMode": "VIP"}]
            self._services.set_status(record, {"loadBalancer": {"ingress": points}})
        return None
