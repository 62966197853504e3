"""What roles and bindings allow, by table: tests/data/apiserver/access/decision.yaml."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from apiserver.access.attribute import Attributes
from apiserver.access.identity import User
from apiserver.access.policy import (
    BINDINGS,
    CLUSTER_BINDINGS,
    CLUSTER_ROLES,
    ROLES,
    Everything,
    Policy,
)
from apiserver.storage import Storage

TABLE = yaml.safe_load(
    (Path(__file__).parents[2] / "data/apiserver/access/decision.yaml").read_text()
)
_LINE = re.compile(r"(\S+) (\S+) (\S+)(?: in (\S+))?: (yes|no)")


def lines() -> Iterator[Any]:
    for about, text in TABLE["decisions"].items():
        for line in text.splitlines():
            yield pytest.param(line, id=f"{about}: {line}")


def put(storage: Storage, shelf: tuple[str, str], namespace: str, name: str, **more: Any) -> None:
    storage.put(shelf, {"metadata": {"name": name, "namespace": namespace}, **more})


def subjects(binding: dict[str, Any]) -> Iterator[dict[str, str]]:
    yield from ({"kind": "User", "name": each} for each in binding.get("users", ()))
    yield from ({"kind": "Group", "name": each} for each in binding.get("groups", ()))
    for each in binding.get("accounts", ()):
        namespace, _, name = each.rpartition("/")
        said = {"namespace": namespace} if namespace else {}
        yield {"kind": "ServiceAccount", "name": name, **said}


@pytest.fixture(scope="module")
def policy() -> Policy:
    """The roles and bindings of the table."""
    storage = Storage()
    for path, rules in TABLE["roles"].items():
        *namespace, _, name = path.split("/")
        shelf = ROLES if namespace else CLUSTER_ROLES
        put(storage, shelf, "".join(namespace), name, rules=rules)
    for number, binding in enumerate(TABLE["bindings"]):
        kind, name = binding["role"].split("/")
        namespace = binding.get("in", "")
        shelf = BINDINGS if namespace else CLUSTER_BINDINGS
        more = {"roleRef": {"kind": kind, "name": name}, "subjects": list(subjects(binding))}
        put(storage, shelf, namespace, f"binding-{number}", **more)
    return Policy(storage)


def asked(verb: str, what: str, namespace: str) -> Attributes:
    """`deployments.apps/scale:web` → what a request for it is about."""
    if what.startswith("/"):
        return Attributes(verb, path=what)
    whole, _, name = what.partition(":")
    qualified, _, part = whole.partition("/")
    plural, _, group = qualified.partition(".")
    return Attributes(verb, group, "v1", plural, part, namespace, name)


@pytest.mark.parametrize("line", list(lines()))
def test_what_somebody_may(policy: Policy, line: str):
    match = _LINE.fullmatch(line)
    assert match, line
    who, verb, what, namespace, answer = match.groups()
    user = User(who, tuple(TABLE["people"][who]))

    decision = policy.decide(user, asked(verb, what, namespace or ""))

    assert decision.allowed == (answer == "yes"), decision


def test_a_decision_says_which_binding_it_comes_from(policy: Policy):
    decision = policy.decide(User("bob"), asked("get", "deployments.apps", "team"))

    assert decision.reason == (
        'RBAC: allowed by RoleBinding "binding-11/team" of ClusterRole "apps" to User "bob"'
    )


def test_a_decision_tells_of_roles_that_are_missing(policy: Policy):
    decision = policy.decide(User("lost"), asked("get", "pods", "team"))

    assert decision.reason == ('RBAC: clusterrole.rbac.authorization.k8s.io "absent" not found')


def test_what_was_decided_is_forgotten_when_a_role_is_written():
    storage = Storage()
    policy, ann = Policy(storage), User("ann")
    about = asked("list", "nodes", "")
    reference = {"kind": "ClusterRole", "name": "nodes"}
    subject = {"kind": "User", "name": "ann"}
    put(storage, CLUSTER_BINDINGS, "", "b", roleRef=reference, subjects=[subject])
    before = policy.decide(ann, about).allowed

    rules = [{"apiGroups": [""], "resources": ["nodes"], "verbs": ["list"]}]
    put(storage, CLUSTER_ROLES, "", "nodes", rules=rules)
    during = policy.decide(ann, about).allowed
    record = storage.find(CLUSTER_ROLES, "", "nodes")
    assert record is not None
    storage.remove(CLUSTER_ROLES, record)

    assert (before, during, policy.decide(ann, about).allowed) == (False, True, False)


def test_what_somebody_holds_is_what_all_their_bindings_give(policy: Policy):
    held = policy.holdings(User("bob", ("operators",)), "team")

    resources = [each.resources for each in held.rules if each.resources]
    assert sorted(resources) == [("*",), ("nodes",), ("nodes",), ("pods/log",)]
    assert held.lack == ""


def test_an_open_server_refuses_nothing():
    everything = Everything()

    assert everything.decide(User("x"), asked("delete", "secrets", "team")).allowed
    assert everything.holdings(User("x"), "").rules[0].verbs == ("*",)
