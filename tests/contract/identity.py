"""Requests as different people, to a server that tells them apart."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from tests.contract.api import MERGE, PATIENCE, Answer, Api
from tests.servers import ApiServer

RBAC = "/apis/rbac.authorization.k8s.io/v1"
AUTHENTICATION = "/apis/authentication.k8s.io/v1"
AUTHORIZATION = "/apis/authorization.k8s.io/v1"
_GROUP = "rbac.authorization.k8s.io"


@asynccontextmanager
async def api_of(server: ApiServer, token: str = "", **other: Any) -> AsyncIterator[Api]:
    """As the administrator or as whom the token says, acting as another: `user`, `groups`, `uid`,
    `extra`."""
    async with server.session(token) as session:
        if user := other.get("user"):
            session.headers.add("Impersonate-User", user)
        for group in other.get("groups", []):
            session.headers.add("Impersonate-Group", group)
        if uid := other.get("uid"):
            session.headers.add("Impersonate-Uid", uid)
        for key, value in other.get("extra", {}).items():
            session.headers.add(f"Impersonate-Extra-{key}", value)
        yield Api(session)
    # A closed session leaves the end of its TLS connections to the next turns of the loop.
    for _ in range(5):
        await asyncio.sleep(0)


def access_object(given: dict[str, Any], namespace: str) -> dict[str, Any]:
    """A role or binding, from its short form in the tables."""
    if "kind" not in given:
        return given
    metadata = {"name": given["name"], "labels": given.get("labels", {})}
    content = {"apiVersion": f"{_GROUP}/v1", "kind": given["kind"], "metadata": metadata}
    if "selectors" in given:
        content["aggregationRule"] = {"clusterRoleSelectors": given["selectors"]}
    if "rules" in given:
        content["rules"] = given["rules"]
    if "role" in given:
        kind, _, name = given["role"].partition("/")
        content["roleRef"] = {"apiGroup": _GROUP, "kind": kind, "name": name}
        content["subjects"] = [
            *({"kind": "User", "name": user} for user in given.get("users", [])),
            *({"kind": "Group", "name": group} for group in given.get("groups", [])),
            *(
                {"kind": "ServiceAccount", "name": account, "namespace": namespace}
                for account in given.get("accounts", [])
            ),
        ]
    return content


async def make(api: Api, given: dict[str, Any], namespace: str) -> None:
    """Create a role or binding."""
    plural = f"{given['kind'].lower()}s"
    where = RBAC if given["kind"].startswith("Cluster") else f"{RBAC}/namespaces/{namespace}"
    answer = await api.post(f"{where}/{plural}", access_object(given, namespace))
    assert answer.status == 201, answer.body


async def ask(api: Api, request: str, body: object) -> Answer:
    """`VERB PATH` as a request; APPLY is server-side apply."""
    verb, _, path = request.partition(" ")
    path, _, query = path.partition("?")
    asked = dict(part.partition("=")[::2] for part in query.split("&") if part)
    asked = {key: value.replace("%3D", "=") for key, value in asked.items()}
    match verb:
        case "APPLY":
            return await api.apply(path, body, "test", **asked)
        case "PATCH":
            return await api.patch(path, body or {}, MERGE, **asked)
        case "POST":
            return await api.post(path, body or {}, **asked)
        case _:
            return await api.ask(verb, path, asked)


async def eventually(api: Api, request: str, body: object, wanted: dict[str, Any]) -> Answer:
    """The answer, asked for until it is the one that is wanted or patience ends: on the real
    server, what was bound a moment ago takes one to count, and a token that was good a moment ago
    is taken at its word for ten seconds."""
    loop = asyncio.get_running_loop()
    end = loop.time() + PATIENCE
    while True:
        answer = await ask(api, request, body)
        if _fits(answer, wanted) or loop.time() > end:
            return answer
        await asyncio.sleep(0.05)


def _fits(answer: Answer, wanted: dict[str, Any]) -> bool:
    if answer.status != wanted["code"]:
        return False
    return "message" not in wanted or answer.body.get("message") == wanted["message"]
