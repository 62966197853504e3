"""Roles that are made of others: a ClusterRole's aggregationRule selects them by label."""

from __future__ import annotations

from collections.abc import Iterable

from apiserver import field_ownership
from apiserver.access.policy import CLUSTER_ROLES, GROUP
from apiserver.cluster import Cluster
from apiserver.field_ownership import Writer
from apiserver.selector import label_selector
from apiserver.storage import Event, Key, Record
from apiserver.value import Object, copy_of, objects, same, section

_MANAGER = "clusterrole-aggregation-controller"


class Aggregation:
    """The controller of roles that are made of others."""

    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster
        self._resource = cluster.kind(GROUP, "ClusterRole")

    def keys(self, event: Event) -> Iterable[Key]:
        """Every role with an aggregationRule, when any ClusterRole was written."""
        if event.shelf != CLUSTER_ROLES:
            return []
        records = self._cluster.storage.shelf(CLUSTER_ROLES).records.values()
        return [each.key for each in records if "aggregationRule" in each.object]

    def reconcile(self, key: Key) -> float | None:
        """Give one role the rules of those that it selects."""
        record = self._cluster.storage.find(CLUSTER_ROLES, *key)
        if record is None or "aggregationRule" not in record.object:
            return None
        rules = self._gathered(record)
        if same(rules, record.object.get("rules")) or not (rules or record.object.get("rules")):
            return None
        writer = Writer(_MANAGER, self._resource.api_version, self._cluster.stamp())
        wanted = {**_head(record), "rules": rules}
        schema = self._resource.schema
        content = field_ownership.apply(record.object, wanted, schema, writer, force=True)
        self._cluster.storage.put(CLUSTER_ROLES, copy_of(content))
        return None

    def _gathered(self, record: Record) -> list[Object]:
        selectors = [
            label_selector(each)
            for each in objects(record.object, "aggregationRule", "clusterRoleSelectors")
        ]
        found: list[Object] = []
        for other in self._cluster.storage.shelf(CLUSTER_ROLES).in_order(""):
            labels = section(other.object, "metadata", "labels")
            if other.key != record.key and any(accepts(labels) for accepts in selectors):
                rules = objects(other.object, "rules")
                found += [rule for rule in rules if not any(same(rule, each) for each in found)]
        return found


def _head(record: Record) -> Object:
    kept: Object = {key: record.object[key] for key in ("apiVersion", "kind")}
    return {**kept, "metadata": {"name": record.key[1]}}
