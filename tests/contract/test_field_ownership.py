"""Field ownership over HTTP: the cases of tests/data/apiserver/ownership on both API servers.

A case that tells what only the rules can (a clock of its own, a version that is not served) says
`http: false`.
"""

from __future__ import annotations

import asyncio
import copy
from dataclasses import dataclass
from typing import Any

import pytest
import yaml

from apiserver.fieldset import decode
from apiserver.path_element import path_text
from tests.contract.api import PATIENCE, Answer, Api
from tests.fake.gadget import DATA, described

GROUP = "ownership.contract.test"
BUILT_IN = {
    "deployment": "apis/apps/v1", "service": "api/v1", "configmap": "api/v1",
    "serviceaccount": "api/v1",
}  # fmt: skip
CASES = [
    case
    for path in sorted(DATA.glob("*.yaml"))
    if path.name != "types.yaml"
    for case in yaml.safe_load(path.read_text())
    if case.get("http", True)
]


def definition(name: str) -> dict[str, Any]:
    kind = described(name)
    plural = f"{name}s"
    version = {
        "name": "v1",
        "served": True,
        "storage": True,
        "schema": {"openAPIV3Schema": kind["openapi"]},
        "subresources": {"status": {}} if kind["status"] else {},
    }
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": f"{plural}.{GROUP}"},
        "spec": {
            "group": GROUP,
            "names": {"kind": kind["kind"], "plural": plural},
            "scope": "Namespaced",
            "versions": [version, version | {"name": "v1alpha1", "storage": False}],
        },
    }


@dataclass(frozen=True, slots=True)
class Collection:
    """Where the objects of one kind are, in a namespace of the test's own."""

    api: Api
    name: str
    namespace: str

    @property
    def path(self) -> str:
        """The collection."""
        prefix = BUILT_IN.get(self.name, f"apis/{GROUP}/v1")
        return f"/{prefix}/namespaces/{self.namespace}/{self.name}s"

    def thing(self, content: dict[str, Any]) -> dict[str, Any]:
        """An object with that content, as this server knows its kind."""
        kind = described(self.name)
        version = str(kind["apiVersion"]).replace("example.org", GROUP)
        metadata = {"name": "thing", "namespace": self.namespace}
        filled = {"apiVersion": version, "kind": kind["kind"]} | copy.deepcopy(content)
        if str(filled["apiVersion"]).startswith("example.org"):
            filled["apiVersion"] = str(filled["apiVersion"]).replace("example.org", GROUP)
        return filled | {"metadata": metadata | content.get("metadata", {})}

    async def take(self, step: dict[str, Any]) -> Answer:
        """Do what a step of a case says."""
        below = f"/{step['through']}" if step.get("through") else ""
        path = f"{self.path}/thing{below}"
        query = {"fieldManager": step["by"]} if step["by"] else {}
        if "apply" in step:
            force = "true" if step.get("force") else "false"
            return await self.api.apply(path, self.thing(step["apply"]), step["by"], force=force)
        if "patch" in step:
            return await self.api.patch(path, renamed(step["patch"]), **query)
        return await self.api.post(self.path, self.thing(step["update"]), **query)

    async def live(self) -> dict[str, Any]:
        """The object as it is now; empty where there is none."""
        answer = await self.api.get(f"{self.path}/thing")
        return answer.body if answer.status == 200 else {}


def renamed(value: Any) -> Any:
    """The same with the group that is served."""
    return yaml.safe_load(yaml.safe_dump(value).replace("example.org", GROUP))


@pytest.fixture
async def kinds(api: Api) -> None:
    """The kinds of our own, once they are served."""
    definitions = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
    for name in ("gadget", "plain"):
        await api.post(definitions, definition(name))
        async with asyncio.timeout(PATIENCE):
            while (await api.get(f"/apis/{GROUP}/v1/{name}s")).status != 200:
                pass


def owners_of(live: dict[str, Any]) -> list[tuple[str, list[str]]]:
    """Each entry's name and the paths that it owns."""
    entries = live["metadata"].get("managedFields", [])
    return [
        (entry_name(entry), [path_text(path) for path in decode(entry["fieldsV1"])])
        for entry in entries
    ]


def entry_name(entry: dict[str, Any]) -> str:
    """What the cases call an entry."""
    name = f"{entry['manager']} {entry['operation']} {entry.get('subresource', '')}".strip()
    if not entry["apiVersion"].endswith("/v1alpha1"):
        return name
    return f"{name} of {entry['apiVersion'].replace(GROUP, 'example.org')}"


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
@pytest.mark.usefixtures("kinds")
async def test_who_owns_what_after_a_series_of_writes(
    api: Api, namespace: str, case: dict[str, Any]
):
    things = Collection(api, case.get("type", "gadget"), namespace)
    *steps, last = case["steps"]
    for step in steps:
        answer = await things.take(step)
        assert answer.status < 300, answer.body

    answer = await things.take(last)

    expected = case | case.get("served", {})
    if "refused" in expected:
        assert answer.status >= 400
        text = expected["refused"].replace("example.org", GROUP)
        assert answer.body["message"] == text.replace("default/thing", f"{namespace}/thing")
        return
    assert answer.status < 300, answer.body
    live = await things.live()
    assert {name: paths for name, paths in owners_of(live) if wrote(name, case)} == case["owners"]
    if things.name not in BUILT_IN:
        assert live.get("spec") == case["object"].get("spec")


def wrote(name: str, case: dict[str, Any]) -> bool:
    """Whether an entry is of someone in the case: controllers write too."""
    writers = {step["by"] for step in case["steps"]} | {"ancient-changes", "before-first-apply"}
    return name.split(" ")[0] in writers or name in case["owners"]
