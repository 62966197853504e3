"""CustomResourceDefinitions come to be served, and are withdrawn with all their objects."""

from __future__ import annotations

from collections.abc import Iterable

from apiserver import definition
from apiserver.cluster import Cluster
from apiserver.deletion import DeleteOptions, delete
from apiserver.finalizer import lift
from apiserver.storage import Event, Key, Record
from apiserver.value import Object, copy_of, objects, part, section, strings, text


class Establishing:
    """The controller of definitions."""

    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster

    def keys(self, event: Event) -> Iterable[Key]:
        """Definitions that were written, and those whose objects went."""
        if event.shelf == definition.SHELF:
            return [event.now.key]
        if event.type == "DELETED":
            group, plural = event.shelf
            return [("", f"{plural}.{group}")]
        return []

    def reconcile(self, key: Key) -> float | None:
        """Serve, withdraw or clean up after one definition."""
        storage = self._cluster.storage
        record = storage.find(definition.SHELF, *key)
        if record is None:
            plural, _, group = key[1].partition(".")
            if not self._is_built_in(group, plural):
                self._cluster.registry.withdraw(group, plural)
                storage.drop((group, plural))
        elif record.is_terminating:
            self._clean_up(record)
        else:
            self._serve(record)
        return None

    def _is_built_in(self, group: str, plural: str) -> bool:
        return any(
            (each.group, each.plural) == (group, plural) and not each.is_custom
            for each in self._cluster.registry.kinds()
        )

    def _serve(self, record: Record) -> None:
        resources = definition.served(record.object)
        registry = self._cluster.registry
        spec = section(record.object, "spec")
        registry.withdraw(text(spec, "group"), text(spec, "names", "plural"))
        for resource in resources:
            registry.add(resource)
        content = copy_of(record.object)
        if _establish(content, self._cluster.stamp()):
            self._cluster.storage.put(definition.SHELF, content)

    def _clean_up(self, record: Record) -> None:
        spec = section(record.object, "spec")
        shelf = (text(spec, "group"), text(spec, "names", "plural"))
        resources = definition.served(record.object)
        left = list(self._cluster.storage.shelf(shelf).records.values())
        for each in left:
            delete(self._cluster, resources[0], each, DeleteOptions())
        if self._cluster.storage.shelf(shelf).records:
            return
        lift(self._cluster, definition.SHELF, record, definition.CLEANUP)


def serve_definitions(cluster: Cluster) -> None:
    """Serve at once what all stored definitions define."""
    controller = Establishing(cluster)
    for record in cluster.storage.shelf(definition.SHELF).in_order(""):
        controller.reconcile(record.key)


def _establish(content: Object, now: str) -> bool:
    """Fill in the status of a served definition. Says whether that changed anything."""
    before = copy_of(content)
    status = part(content, "status")
    status["acceptedNames"] = section(content, "spec", "names")
    known = {text(each, "type") for each in objects(status, "conditions")}
    conditions = objects(status, "conditions")
    conditions += [each for each in _conditions(now) if each["type"] not in known]
    status["conditions"] = conditions
    stored = strings(status, "storedVersions")
    for version in objects(content, "spec", "versions"):
        name = text(version, "name")
        if version.get("storage") is True and name not in stored:
            stored = [*stored, name]
    status["storedVersions"] = stored
    return content != before


def _conditions(now: str) -> list[Object]:
    common: Object = {"lastTransitionTime": now, "status": "True"}
    return [
        {
            **common,
            "type": "NamesAccepted",
            "reason": "NoConflicts",
            "message": "no conflicts found",
        },
        {
            **common,
            "type": "Established",
            "reason": "InitialNamesAccepted",
            "message": "the initial names have been accepted",
        },
    ]
