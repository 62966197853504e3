"""Rules written in CEL, on both API servers: what they say of an object, and which definitions are
refused for theirs. The tables are tests/data/apiserver/rules.yaml, rule_answers.yaml and
rule_faults.yaml.
"""

from __future__ import annotations

import asyncio
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.contract.api import JSON_PATCH, PATIENCE, Answer, Api

ROOT = Path(__file__).parents[2]
DATA = ROOT / "tests/data/apiserver"
CASES = yaml.safe_load((DATA / "rules.yaml").read_text())
ANSWERS = yaml.safe_load((DATA / "rule_answers.yaml").read_text())
FAULTS = yaml.safe_load((DATA / "rule_faults.yaml").read_text())
DEFINITIONS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
GROUP = "rules.contract.test"
RULES = "x-kubernetes-validations"


def schema_of(case: dict[str, Any]) -> dict[str, Any]:
    """The schema of a case's field, with the rules in their places."""
    schema = dict(case["schema"])
    if "rules" in case:
        schema[RULES] = case["rules"]
    for key, place in (("itemRules", "items"), ("valueRules", "additionalProperties")):
        if key in case:
            schema[place] = {**schema[place], RULES: case[key]}
    return schema


def definition(plural: str, properties: dict[str, Any], **version: Any) -> dict[str, Any]:
    kind = plural.title().removesuffix("s")
    schema = {"openAPIV3Schema": {"type": "object", "properties": properties}}
    served = {"name": "v1", "served": True, "storage": True, "schema": schema, **version}
    names = {"plural": plural, "kind": kind}
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": f"{plural}.{GROUP}"},
        "spec": {"group": GROUP, "scope": "Namespaced", "names": names, "versions": [served]},
    }


class Ruled:
    """Objects of a kind with rules, in a namespace of their own."""

    def __init__(self, api: Api, namespace: str, made: dict[str, Any]) -> None:
        spec = made["spec"]
        self.api = api
        self.definition = made
        self.kind = spec["names"]["kind"]
        self.version = f"{spec['group']}/{spec['versions'][0]['name']}"
        plural = spec["names"]["plural"]
        self.everywhere = f"/apis/{self.version}/{plural}"
        self.path = f"/apis/{self.version}/namespaces/{namespace}/{plural}"

    async def serve(self) -> Ruled:
        """Make the definition, unless another test has, and wait until it is served."""
        answer = await self.api.post(DEFINITIONS, self.definition)
        assert answer.status in (201, 409), answer.body
        async with asyncio.timeout(PATIENCE):
            while (await self.api.get(self.everywhere)).status != 200:
                await asyncio.sleep(0)
        return self

    def body(self, **parts: Any) -> dict[str, Any]:
        return {"apiVersion": self.version, "kind": self.kind, "metadata": {"name": "a"}, **parts}

    def fault(self, answer: Answer) -> str:
        """What an object is refused for; nothing where it is taken."""
        if answer.status in (200, 201):
            return ""
        assert answer.status == 422, answer.body
        start = f'{self.kind}.{self.version.partition("/")[0]} "a" is invalid: '
        return answer.body["message"].removeprefix(start)


def said(case: dict[str, Any], place: str) -> str:
    """The fault that a case tells of; nothing where it tells of none."""
    return re.sub(r"\bAT\b", place, case.get("fault", ""))


FIELDS = {f"field{index}": schema_of(case) for index, case in enumerate(CASES)}
SHAPES = definition("shapes", {"spec": {"type": "object", "properties": FIELDS}})
PARTS = definition(
    "parts",
    {
        "spec": {
            "type": "object",
            "properties": {"n": {"type": "integer"}, "other": {"type": "integer"}},
            RULES: [
                {"rule": "!has(self.n) || self.n < 5", "message": "n is below 5"},
                {"rule": "!has(oldSelf.n) || has(self.n)", "message": "n stays"},
            ],
        },
        "status": {
            "type": "object",
            "properties": {"n": {"type": "integer"}},
            RULES: [{"rule": "self.n != 3", "reason": "FieldValueForbidden", "message": "not 3"}],
        },
    },
    subresources={"status": {}},
)
NAMED = definition("names", {"spec": {"type": "object"}})
NAMED["spec"]["versions"][0]["schema"]["openAPIV3Schema"][RULES] = [
    {"rule": "self.metadata.name != 'a' || self.kind != 'Name'", "message": "not this name"}
]


@pytest.mark.parametrize("index", range(len(CASES)), ids=lambda index: CASES[index]["name"])
async def test_a_rule_is_kept(api: Api, namespace: str, index: int) -> None:
    shapes = await Ruled(api, namespace, SHAPES).serve()
    field = f"field{index}"

    for line in CASES[index]["say"]:
        body = shapes.body(spec={field: line["value"]})
        if "old" in line:
            await api.post(shapes.path, shapes.body(spec={field: line["old"]}))
            answer = await api.patch(f"{shapes.path}/a", {"spec": body["spec"]})
        else:
            answer = await api.post(shapes.path, body)
        await api.delete(f"{shapes.path}/a")

        assert shapes.fault(answer) == said(line, f"spec.{field}"), line


async def test_expressions_have_their_answers(api: Api, namespace: str) -> None:
    """One object is held to all of them: what it is refused for names those that are not true."""
    truths = {"type": "string", "maxLength": 5, RULES: [{"rule": rule} for rule in ANSWERS]}
    answers = await Ruled(api, namespace, definition("answers", {"spec": truths})).serve()

    answer = await api.post(answers.path, answers.body(spec="x-1"))

    assert answers.fault(answer) == ""


@pytest.mark.parametrize("case", FAULTS, ids=lambda case: case["name"])
async def test_a_definition_is_refused_for_its_rule(api: Api, case: dict[str, Any]) -> None:
    fields = {"spec": {"type": "object", "properties": {"field": schema_of(case)}}}
    place = "spec.validation.openAPIV3Schema.properties[spec].properties[field]"

    answer = await api.post(DEFINITIONS, definition("refused", fields), dryRun="All")

    assert answer.status == 422
    start = f'CustomResourceDefinition.apiextensions.k8s.io "refused.{GROUP}" is invalid: '
    assert answer.body["message"] == start + said(case, place)


BELOW = "spec: Invalid value: n is below 5"


async def test_every_way_to_write_keeps_the_rules(api: Api, namespace: str) -> None:
    parts = await Ruled(api, namespace, PARTS).serve()
    one = f"{parts.path}/a"
    made = (await api.post(parts.path, parts.body(spec={"n": 1}))).body
    change = [{"op": "replace", "path": "/spec/n", "value": 9}]

    answers = [
        await api.put(one, {**made, "spec": {"n": 9}}),
        await api.patch(one, {"spec": {"n": 9}}),
        await api.patch(one, change, JSON_PATCH),
        await api.apply(one, parts.body(spec={"n": 9}), "tester", force="true"),
        await api.patch(one, {"spec": {"n": 9}}, dryRun="All"),
    ]

    assert [parts.fault(answer) for answer in answers] == [BELOW] * len(answers)
    assert (await api.get(one)).body["spec"] == {"n": 1}
    removed = await api.patch(one, {"spec": {"n": None, "other": 1}})
    assert parts.fault(removed) == "spec: Invalid value: n stays"


async def test_a_status_keeps_its_rules(api: Api, namespace: str) -> None:
    parts = await Ruled(api, namespace, PARTS).serve()
    one = f"{parts.path}/a"
    await api.post(parts.path, parts.body(spec={}))

    refused = await api.patch(f"{one}/status", {"status": {"n": 3}})
    taken = await api.patch(f"{one}/status", {"status": {"n": 4}})

    assert parts.fault(refused) == "status: Forbidden: not 3"
    cause = {"reason": "FieldValueForbidden", "message": "Forbidden: not 3", "field": "status"}
    assert refused.body["details"]["causes"] == [cause]
    assert taken.status == 200


async def test_what_was_broken_before_a_rule_came_is_only_warned_of(
    api: Api, namespace: str
) -> None:
    plain = {"spec": {"type": "object", "properties": {"n": {"type": "integer"}}}}
    later = await Ruled(api, namespace, definition("laters", plain)).serve()
    await api.post(later.path, later.body(spec={"n": 9}))
    rule = {RULES: [{"rule": "self.n < 5", "message": "n is below 5"}]}
    schema = {"type": "object", "properties": {"spec": {**plain["spec"], **rule}}}
    change = {"op": "replace", "path": "/spec/versions/0/schema/openAPIV3Schema", "value": schema}
    await api.patch(f"{DEFINITIONS}/laters.{GROUP}", [change], JSON_PATCH)
    async with asyncio.timeout(PATIENCE):
        while (await api.post(later.path, later.body(spec={"n": 9}), dryRun="All")).status != 422:
            await asyncio.sleep(0)

    touched = await api.patch(f"{later.path}/a", {"metadata": {"labels": {"a": "b"}}})
    changed = await api.patch(f"{later.path}/a", {"spec": {"n": 8}})
    await api.delete(f"{DEFINITIONS}/laters.{GROUP}")

    assert touched.status == 200
    assert touched.warnings == [f'299 - "{BELOW}"']
    assert later.fault(changed) == BELOW


async def test_a_rule_on_the_whole_object_sees_its_name(api: Api, namespace: str) -> None:
    names = await Ruled(api, namespace, NAMED).serve()

    answer = await api.post(names.path, names.body(spec={}))

    assert names.fault(answer) == "<nil>: Invalid value: not this name"


OWN = {
    "gitrepositories": (
        "source.toolkit.fluxcd.io",
        {"interval": "1m", "url": "https://example.org/a.git", "serviceAccountName": "robot"},
        {"provider": "azure"},
        "spec: Invalid value: serviceAccountName can only be set when provider is 'azure' or 'aws'",
    ),
    "kustomizations": (
        "kustomize.toolkit.fluxcd.io",
        {
            "interval": "1m",
            "prune": True,
            "sourceRef": {"kind": "GitRepository", "name": "a"},
            "kubeConfig": {},
        },
        {"kubeConfig": {"secretRef": {"name": "there"}}},
        "spec.kubeConfig: Invalid value: exactly one of spec.kubeConfig.configMapRef or "
        "spec.kubeConfig.secretRef must be specified",
    ),
}


@pytest.mark.parametrize("plural", OWN)
async def test_the_rules_of_our_own_kinds(api: Api, namespace: str, plural: str) -> None:
    group, broken, healing, fault = OWN[plural]
    made = yaml.safe_load((ROOT / f"deploy/crds/{group}_{plural}.yaml").read_text())
    # Under another group and name, so that it is not in the way of tests that install ours.
    names = made["spec"]["names"]
    made["spec"]["names"] = {
        "kind": names["kind"], "listKind": names["listKind"],
        "plural": f"ruled{plural}", "singular": f"ruled{names['singular']}",
    }  # fmt: skip
    made["metadata"]["name"] = f"ruled{plural}.{GROUP}"
    made["spec"]["group"] = GROUP
    ours = await Ruled(api, namespace, made).serve()

    refused = await api.post(ours.path, ours.body(spec=broken))
    taken = await api.post(ours.path, ours.body(spec={**broken, **healing}))

    assert ours.fault(refused) == fault
    assert taken.status == 201, taken.body
