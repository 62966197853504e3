"""What roles and bindings allow, by table: tests/data/apiserver/access/decision.yaml."""

from __future__ import annotations

import asyncio
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
from tests.contract.api import PATIENCE, Api
from tests.servers import ApiServer

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


RBAC = "/apis/rbac.authorization.k8s.io/v1"
REVIEWS = "/apis/authorization.k8s.io/v1/subjectaccessreviews"


def review(user: User, about: Attributes) -> dict[str, Any]:
    """The question to a server."""
    spec: dict[str, Any] = {"user": user.name, "groups": list(user.groups)}
    if about.path:
        spec["nonResourceAttributes"] = {"verb": about.verb, "path": about.path}
    else:
        keys = ("verb", "group", "version", "resource", "subresource", "namespace", "name")
        spec["resourceAttributes"] = {key: getattr(about, key) for key in keys}
    return {"spec": spec}


def objects_of_the_table() -> Iterator[tuple[str, dict[str, Any]]]:
    """Where each role and binding is made, and the object."""
    for path, rules in TABLE["roles"].items():
        *namespace, _, name = path.split("/")
        where = f"/namespaces/{namespace[0]}/roles" if namespace else "/clusterroles"
        yield RBAC + where, {"metadata": {"name": name}, "rules": rules}
    for number, binding in enumerate(TABLE["bindings"]):
        kind, name = binding["role"].split("/")
        reference = {"apiGroup": "rbac.authorization.k8s.io", "kind": kind, "name": name}
        where = (
            f"/namespaces/{binding['in']}/rolebindings"
            if "in" in binding
            else ("/clusterrolebindings")
        )
        metadata = {"name": f"binding-{number}"}
        yield RBAC + where, {"metadata": metadata, "roleRef": reference, "subjects": [
            each if each["kind"] != "ServiceAccount" else {"namespace": binding.get("in"), **each}
            for each in subjects(binding)
        ]}  # fmt: skip


@pytest.mark.real
async def test_the_real_server_decides_alike(kube: ApiServer):
    async with kube.session() as session:
        api = Api(session)
        made = []
        for name in ("team", "other"):
            await api.post("/api/v1/namespaces", {"metadata": {"name": name}})
        for path, content in objects_of_the_table():
            answer = await api.post(path, content)
            assert answer.status == 201, answer.body
            made.append(f"{path}/{content['metadata']['name']}")
        try:
            last = "system:serviceaccount:team:robot list nodes: yes"
            async with asyncio.timeout(PATIENCE):
                while await told(api, last) != "yes":
                    await asyncio.sleep(0.05)
            differing = [
                line
                for text in TABLE["decisions"].values()
                for line in text.splitlines()
                if not line.endswith(await told(api, line))
            ]
        finally:
            for path in made:
                await api.delete(path)
            for name in ("team", "other"):
                await api.delete(f"/api/v1/namespaces/{name}")

    assert differing == []


async def told(api: Api, line: str) -> str:
    """What a server says to a line of the table."""
    match = _LINE.fullmatch(line)
    assert match, line
    who, verb, what, namespace, _ = match.groups()
    about = asked(verb, what, namespace or "")
    answer = await api.post(REVIEWS, review(User(who, tuple(TABLE["people"][who])), about))
    return "yes" if answer.body["status"]["allowed"] else "no"
