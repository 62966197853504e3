"""Volume claims: each gets a volume, and keeps it while a pod uses it."""

from __future__ import annotations

from collections.abc import Iterable

from apiserver.cluster import Cluster
from apiserver.fate import fate_of, wish
from apiserver.finalizer import lift
from apiserver.simulation.office import Office
from apiserver.simulation.pod import SHELF as PODS
from apiserver.simulation.pod import phase
from apiserver.simulation.prospect import time_left
from apiserver.simulation.volume import SHELF as VOLUMES
from apiserver.simulation.volume import claim_key, volume_for
from apiserver.storage import Event, Key, Record
from apiserver.value import Object, copy_of, objects, part, section, strings, text

SHELF = ("", "persistentvolumeclaims")
_PROTECTION = "kubernetes.io/pvc-protection"
_BOUND = ("pv.kubernetes.io/bind-completed", "pv.kubernetes.io/bound-by-controller")


class Claims:
    """The controller of volume claims."""

    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster
        self._claims = Office(cluster, "", "PersistentVolumeClaim")
        self._volumes = Office(cluster, "", "PersistentVolume")

    def keys(self, event: Event) -> Iterable[Key]:
        """Claims that were written, and those of a pod that may have let go of them."""
        if event.shelf == SHELF:
            return [event.now.key] if event.type != "DELETED" else []
        if event.shelf == PODS:
            return [(event.now.key[0], each) for each in _used_by(event.now.object)]
        return []

    def reconcile(self, key: Key) -> float | None:
        """Bind a claim, or let it go."""
        record = self._claims.find(key)
        if record is None:
            return None
        if record.is_terminating:
            if not self._is_used(key):
                lift(self._cluster, SHELF, record, _PROTECTION)
            return None
        if text(record.object, "status", "phase") != "Bound":
            fate = fate_of(wish(record.object)) or self._cluster.fate
            if left := time_left(self._cluster, record.object, fate):
                return left
            if fate.outcome != "ready":
                return None
        self._bind(record)
        return None

    def _is_used(self, key: Key) -> bool:
        pods = self._cluster.storage.shelf(PODS).in_order(key[0])
        living = [each for each in pods if phase(each) not in ("Succeeded", "Failed")]
        return any(key[1] in _used_by(each.object) for each in living)

    def _bind(self, record: Record) -> None:
        content = copy_of(record.object)
        spec = part(content, "spec")
        if not text(spec, "volumeName"):
            spec["volumeName"] = self._volume(record)
            part(content, "metadata", "annotations").update(dict.fromkeys(_BOUND, "yes"))
            record = self._claims.update(record, content)
        size = text(spec, "resources", "requests", "storage")
        modes = strings(spec, "accessModes")
        status: Object = {"accessModes": modes, "capacity": {"storage": size}}
        self._claims.set_status(record, {"phase": "Bound", **status})

    def _volume(self, claim: Record) -> str:
        """The name of the volume that waits for a claim, or of one that is made for it."""
        for each in self._cluster.storage.shelf(VOLUMES).in_order(""):
            if claim_key(each.object) == claim.key:
                return each.key[1]
        return self._volumes.create(volume_for(claim)).key[1]


def _used_by(pod: Object) -> list[str]:
    volumes = objects(pod, "spec", "volumes")
    names = [text(section(each, "persistentVolumeClaim"), "claimName") for each in volumes]
    return [each for each in names if each]
