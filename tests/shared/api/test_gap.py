from __future__ import annotations

import json
from pathlib import Path

import pytest

from shared.api.definition import KINDS, definition
from shared.api.gap import GAPS, explain, unsupported

CASES = json.loads((Path(__file__).parents[2] / "data/api/gaps.json").read_text())
MODELS = {kind.naming.kind: kind for kind in KINDS}
LEAST = {
    "GitRepository": {"url": "https://example.org/apps.git", "interval": "1m"},
    "Kustomization": {
        "interval": "1m",
        "prune": True,
        "sourceRef": {"kind": "GitRepository", "name": "apps"},
    },
}


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case['kind']}: {case['name']}")
def test_what_is_set_and_not_acted_on_is_named(case: dict[str, object]) -> None:
    kind = str(case["kind"])
    spec = {**LEAST[kind], **case["spec"]}  # type: ignore[dict-item]
    obj = MODELS[kind].model_validate({"metadata": {"name": "apps"}, "spec": spec})

    assert list(unsupported(obj)) == case["expect"]


@pytest.mark.parametrize("kind", GAPS, ids=lambda kind: kind.naming.kind)
def test_every_gap_is_a_field_of_its_kind(kind: type) -> None:
    schema = definition(kind)["spec"]["versions"][0]["schema"]["openAPIV3Schema"]  # type: ignore[index]

    for path in GAPS[kind]:
        node = schema
        for step in path.split("."):
            node = node["properties"][step.removesuffix("[]")]
            node = node["items"] if step.endswith("[]") else node


def test_the_sentence_names_every_field() -> None:
    assert "spec.verify, spec.include" in explain(("spec.verify", "spec.include"))
