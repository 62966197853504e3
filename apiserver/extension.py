"""APIServices: accepted, and said to be unavailable, for nothing here speaks for another server."""

from __future__ import annotations

from collections.abc import Iterable

from apiserver.cluster import Cluster
from apiserver.storage import Event, Key
from apiserver.value import Object, copy_of, objects, part, section, text

_SHELF = ("apiregistration.k8s.io", "apiservices")


class Extensions:
    """The controller that tells of each APIService whether it can be asked."""

    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster

    def keys(self, event: Event) -> Iterable[Key]:
        """Every APIService that was written."""
        return [event.now.key] if event.shelf == _SHELF else []

    def reconcile(self, key: Key) -> float | None:
        """Set the condition Available once."""
        record = self._cluster.storage.find(_SHELF, *key)
        if record is None or objects(record.object, "status", "conditions"):
            return None
        content = copy_of(record.object)
        condition = {"type": "Available", "lastTransitionTime": self._cluster.stamp()}
        part(content, "status")["conditions"] = [condition | _availability(content)]
        self._cluster.storage.put(_SHELF, content)
        return None


def _availability(service: Object) -> dict[str, str]:
    if not section(service, "spec", "service"):
        why = "Local APIServices are always available"
        return {"status": "True", "reason": "Local", "message": why}
    name, namespace = (text(service, "spec", "service", key) for key in ("name", "namespace"))
    why = f'service/{name} in "{namespace}" is not present'
    return {"status": "False", "reason": "ServiceNotFound", "message": why}
