"""Persistent volumes: available, bound to a claim, released by it, and gone."""

from __future__ import annotations

from collections.abc import Iterable

from apiserver.cluster import Cluster
from apiserver.finalizer import lift
from apiserver.simulation.office import Office
from apiserver.storage import Event, Key, Record
from apiserver.value import Object, section, strings, text

SHELF = ("", "persistentvolumes")
_CLAIMS = ("", "persistentvolumeclaims")
_PROTECTION = "kubernetes.io/pv-protection"
_PROVISIONER = "pv.kubernetes.io/provisioned-by"


class Volumes:
    """The controller of persistent volumes."""

    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster
        self._volumes = Office(cluster, "", "PersistentVolume")

    def keys(self, event: Event) -> Iterable[Key]:
        """Volumes that were written, and those whose claims were."""
        if event.shelf == SHELF:
            return [event.now.key] if event.type != "DELETED" else []
        name = text(event.now.object, "spec", "volumeName") if event.shelf == _CLAIMS else ""
        return [("", name)] if name else []

    def reconcile(self, key: Key) -> float | None:
        """Say in which phase a volume is; let go of it where nobody needs it."""
        record = self._volumes.find(key)
        if record is None:
            return None
        now = self._phase(record)
        if record.is_terminating:
            if now != "Bound":
                lift(self._cluster, SHELF, record, _PROTECTION)
            return None
        policy = text(record.object, "spec", "persistentVolumeReclaimPolicy")
        if now == "Released" and policy == "Delete":
            self._volumes.delete(record)
        elif text(record.object, "status", "phase") != now:
            status: Object = {"phase": now, "lastPhaseTransitionTime": self._cluster.stamp()}
            self._volumes.set_status(record, status)
        return None

    def _phase(self, volume: Record) -> str:
        uid = text(volume.object, "spec", "claimRef", "uid")
        claim = self._cluster.storage.find(_CLAIMS, *claim_key(volume.object))
        if claim is not None and text(claim.object, "spec", "volumeName") == volume.key[1]:
            return "Bound"
        is_awaited = claim is not None and claim.uid == uid
        return "Released" if uid and not is_awaited else "Available"


def claim_key(volume: Object) -> Key:
    """Namespace and name of the claim that a volume is for; empty where it is for any."""
    claim = section(volume, "spec", "claimRef")
    return text(claim, "namespace"), text(claim, "name")


def volume_for(claim: Record) -> Object:
    """A new volume of the size that a claim asks for."""
    spec, name = section(claim.object, "spec"), f"pvc-{claim.uid}"
    content: Object = {
        "capacity": {"storage": text(spec, "resources", "requests", "storage")},
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
    metadata: Object = {"name": name, "annotations": {_PROVISIONER: "apiserver.penstock.dev/any"}}
    return {"metadata": metadata, "spec": content}
