"""Requests and answers, as tables: tests/data/apiserver/dialogue, on both API servers.

A case is a list of requests with what is expected of each answer: its code, its message, a part of
it (`like`), what is absent, texts that match, and values kept from one answer for a later one.
"""

from __future__ import annotations

import asyncio
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import orjson
import pytest
import yaml

from tests.contract.api import MERGE, PATIENCE, Api

DATA = Path(__file__).parents[1] / "data/apiserver/dialogue"
CASES = [case for path in sorted(DATA.glob("*.yaml")) for case in yaml.safe_load(path.read_text())]
GROUP = "dialogue.contract.test"
DEFINITION = orjson.loads((DATA / "thing.definition.json").read_bytes())
DEFINITIONS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
KINDS = {
    "things": (f"{GROUP}/v1", "Thing"),
    "configmaps": ("v1", "ConfigMap"),
    "secrets": ("v1", "Secret"),
    "services": ("v1", "Service"),
    "events": ("v1", "Event"),
    "persistentvolumeclaims": ("v1", "PersistentVolumeClaim"),
    "deployments": ("apps/v1", "Deployment"),
    "statefulsets": ("apps/v1", "StatefulSet"),
    "jobs": ("batch/v1", "Job"),
    "leases": ("coordination.k8s.io/v1", "Lease"),
    "ingresses": ("networking.k8s.io/v1", "Ingress"),
    "networkpolicies": ("networking.k8s.io/v1", "NetworkPolicy"),
    "roles": ("rbac.authorization.k8s.io/v1", "Role"),
    "rolebindings": ("rbac.authorization.k8s.io/v1", "RoleBinding"),
}


@dataclass
class Talk:
    """A dialogue in a namespace of its own, with the values that it has kept."""

    api: Api
    namespace: str
    kept: dict[str, Any] = field(default_factory=dict)

    async def say(self, line: dict[str, Any]) -> None:
        """One request, and whether its answer is what the case says."""
        line = yaml.safe_load(yaml.safe_dump(line).replace("NS", self.namespace))
        verb, target = line["ask"].split(" ", 1)
        form = line.get("kind", MERGE if verb == "PATCH" else "application/json")
        answer = await self.api.ask(
            verb,
            self.path(target),
            line.get("query", {}),
            self.body(target, line, form),
            form,
            accept=line.get("accept", "application/json"),
        )
        assert answer.status == line["code"], answer.body
        self.compare(line, answer.body)
        if "warning" in line:
            assert answer.warnings == [line["warning"]]

    def path(self, target: str) -> str:
        """`configmaps/a` in the namespace; a path from the root as it is."""
        if target.startswith("/"):
            return target
        version = KINDS[target.partition("/")[0]][0]
        root = "apis" if "/" in version else "api"
        return f"/{root}/{version}/namespaces/{self.namespace}/{target}"

    def body(self, target: str, line: dict[str, Any], form: str) -> Any:
        """The body, with the kind filled in where it is a whole object."""
        if "text_body" in line:
            return line["text_body"].encode()
        body = line.get("body")
        whole = "json-patch" not in form and "merge-patch" not in form
        if isinstance(body, dict) and whole and not target.startswith("/"):
            version, kind = KINDS[target.partition("/")[0]]
            return {"apiVersion": version, "kind": kind} | body
        return body

    def compare(self, line: dict[str, Any], body: Any) -> None:
        """Hold an answer against what a case says of it."""
        if "message" in line:
            assert body["message"] == line["message"]
        if "text" in line:
            assert body == line["text"]
        if "like" in line:
            assert_like(body, line["like"], "")
        for path in line.get("absent", ()):
            assert at(body, path) is None, path
        for path, pattern in line.get("match", {}).items():
            assert re.search(pattern, str(at(body, path))), at(body, path)
        for path, name in line.get("same", {}).items():
            assert at(body, path) == self.kept[name]
        for path, name in line.get("other", {}).items():
            assert at(body, path) != self.kept[name]
        self.kept |= {name: at(body, path) for name, path in line.get("keep", {}).items()}


def at(body: Any, path: str) -> Any:
    """The value below a dotted path; None where there is none."""
    for key in path.split("."):
        if isinstance(body, list):
            body = body[int(key)] if int(key) < len(body) else None
        elif isinstance(body, dict):
            body = body.get(key)
        else:
            return None
    return body


def assert_like(body: Any, wanted: Any, path: str) -> None:
    """Whether a value has what is wanted of it: maps may have more, lists have as many items."""
    if isinstance(wanted, dict):
        assert isinstance(body, dict), f"{path}: {body!r}"
        for key, value in wanted.items():
            assert_like(body.get(key), value, f"{path}.{key}")
    elif isinstance(wanted, list):
        assert isinstance(body, list), f"{path}: {body!r}"
        assert len(body) == len(wanted), f"{path}: {body!r}"
        for index, value in enumerate(wanted):
            assert_like(body[index], value, f"{path}[{index}]")
    else:
        assert body == wanted, path


@pytest.fixture
async def things(api: Api) -> None:
    """The custom kind of the dialogues, once it is served in all its versions."""
    await api.post(DEFINITIONS, DEFINITION)
    async with asyncio.timeout(PATIENCE):
        for version in ("v1", "v1beta1"):
            while (await api.get(f"/apis/{GROUP}/{version}/things")).status != 200:
                await asyncio.sleep(0)


@pytest.mark.usefixtures("things")
@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
async def test_a_dialogue(api: Api, namespace: str, case: dict[str, Any]):
    talk = Talk(api, namespace)

    for line in case["say"]:
        await talk.say(line)
