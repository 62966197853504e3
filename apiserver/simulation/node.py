"""The one node of the cluster: every pod fits on it."""

from __future__ import annotations

from apiserver.cluster import Cluster
from apiserver.simulation.office import Office
from apiserver.value import Object

NAME = "embedded"
ADDRESS = "192.0.2.10"


def furnish(cluster: Cluster) -> None:
    """Make the one node."""
    nodes = Office(cluster, "", "Node", manager="kubelet")
    if nodes.find(("", NAME)) is None:
        labels = {"kubernetes.io/hostname": NAME, "kubernetes.io/os": "linux"}
        node = nodes.create({"metadata": {"name": NAME, "labels": labels}, "spec": {}})
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
    addresses = [{"type": "InternalIP", "address": ADDRESS}, {"type": "Hostname", "address": NAME}]
    return {
        "capacity": room,
        "allocatable": room,
        "conditions": [ready],
        "addresses": addresses,
        "nodeInfo": info,
    }
