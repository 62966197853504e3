"""Who may do what, as tables: tests/data/apiserver/access, on both API servers."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import orjson
import pytest
import yaml

from tests.contract.identity import RBAC, access_object, api_of, eventually, make
from tests.servers import ApiServer

DATA = Path(__file__).parents[1] / "data/apiserver/access"


def cases(*names: str) -> list[dict[str, Any]]:
    return [each for name in names for each in yaml.safe_load((DATA / name).read_text())]


def filled(case: dict[str, Any], namespace: str) -> dict[str, Any]:
    text = orjson.dumps(case).decode().replace("$ns", namespace).replace("$rbac", RBAC)
    return orjson.loads(text)


@pytest.fixture
def api_server(guarded_server: ApiServer) -> ApiServer:
    """The namespaces of the cases are on the server that tells people apart."""
    return guarded_server


@pytest.mark.parametrize(
    "case", cases("refusal.yaml", "permission.yaml"), ids=lambda case: case["name"]
)
async def test_what_somebody_may(api_server: ApiServer, namespace: str, case: dict[str, Any]):
    case = filled(case, namespace)
    async with api_of(api_server) as admin, api_of(api_server, **case["as"]) as api:
        for each in case.get("given", []):
            await make(admin, each, namespace)

        answer = await eventually(api, case["ask"], case.get("body"), case)

    assert answer.status == case["code"], answer.body
    for key in ("message", "reason", "details"):
        if key in case:
            assert answer.body[key] == case[key]


@pytest.mark.parametrize("case", cases("escalation.yaml"), ids=lambda case: case["name"])
async def test_what_somebody_gives_away(
    api_server: ApiServer, namespace: str, case: dict[str, Any]
):
    case = filled(case, namespace)
    rita = f"{namespace}-rita"
    async with api_of(api_server) as admin, api_of(api_server, user=rita) as api:
        for each in [*writer(namespace, rita), *case.get("given", [])]:
            await make(admin, each, namespace)
        body = access_object(case["body"], namespace)

        answer = await eventually(api, case["ask"], body, case)

    assert answer.status == case["code"], answer.body
    assert answer.body.get("message") == case.get("message", answer.body.get("message"))


def writer(namespace: str, user: str) -> list[dict[str, Any]]:
    name = f"{namespace}-writer"
    rules = [
        {
            "apiGroups": ["rbac.authorization.k8s.io"],
            "resources": ["*"],
            "verbs": ["create", "update", "patch", "get"],
        },
        {"apiGroups": [""], "resources": ["pods"], "verbs": ["get"]},
        {"nonResourceURLs": ["/x/*"], "verbs": ["get"]},
    ]
    return [
        {"kind": "ClusterRole", "name": name, "rules": rules},
        {
            "kind": "ClusterRoleBinding",
            "name": name,
            "role": f"ClusterRole/{name}",
            "users": [user],
        },
    ]
