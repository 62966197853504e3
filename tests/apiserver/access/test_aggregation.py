"""Roles that are made of others."""

from __future__ import annotations

from typing import Any

import pytest

from apiserver.access.aggregation import Aggregation
from apiserver.access.policy import CLUSTER_ROLES
from apiserver.cluster import Cluster

SELECTOR = {"clusterRoleSelectors": [{"matchLabels": {"part": "of-all"}}]}


class World:
    """ClusterRoles, and the controller of those that are made of others."""

    def __init__(self) -> None:
        self._cluster = Cluster()
        self._controller = Aggregation(self._cluster)

    def put(self, name: str, label: str = "", **more: Any) -> None:
        """A ClusterRole."""
        labels = {"part": label} if label else {}
        head = {"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRole"}
        metadata = {"name": name, "labels": labels}
        self._cluster.storage.put(CLUSTER_ROLES, {**head, "metadata": metadata, **more})

    def resources(self) -> list[str]:
        """What the role `all` allows, once its controller has looked."""
        self._controller.reconcile(("", "all"))
        found = self._cluster.storage.find(CLUSTER_ROLES, "", "all")
        assert found is not None
        rules: Any = found.object.get("rules") or []
        return [each["resources"][0] for each in rules]


def rules(*resources: str) -> list[dict[str, Any]]:
    return [{"apiGroups": [""], "resources": [each], "verbs": ["get"]} for each in resources]


@pytest.fixture
def world() -> World:
    """A role that gathers others, and nothing to gather."""
    made = World()
    made.put("all", aggregationRule=SELECTOR, rules=rules("old"))
    return made


def test_a_role_has_the_rules_of_those_that_it_selects(world: World):
    world.put("a", "of-all", rules=rules("pods"))
    world.put("b", "of-all", rules=rules("nodes"))
    world.put("c", "of-others", rules=rules("secrets"))
    world.put("d", rules=rules("secrets"))

    assert world.resources() == ["pods", "nodes"]


def test_the_same_rule_is_there_once(world: World):
    world.put("a", "of-all", rules=rules("pods"))
    world.put("b", "of-all", rules=rules("pods", "nodes"))

    assert world.resources() == ["pods", "nodes"]


def test_a_rule_goes_with_the_role_that_it_came_from(world: World):
    world.put("a", "of-all", rules=rules("pods"))
    before = world.resources()

    world.put("a", "of-others", rules=rules("pods"))

    assert before == ["pods"]
    assert world.resources() == []


def test_rules_of_its_own_do_not_stay(world: World):
    world.put("a", "of-all", rules=rules("pods"))

    assert "old" not in world.resources()
