from __future__ import annotations

import json
from itertools import groupby
from pathlib import Path

import pytest

from shared.manifest.identity import Ref
from shared.manifest.order import Stage, deletion_order, in_order, order_key, stage_of

CASES = json.loads((Path(__file__).parents[2] / "data/manifest/order.json").read_text())


def ref(text: str) -> Ref:
    return Ref(*text.split("/"))


def written(one: Ref) -> str:
    return f"{one.group}/{one.kind}/{one.namespace}/{one.name}"


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_what_is_applied_when(case) -> None:
    early = frozenset(case.get("early", ()))
    refs = [ref(text) for text in case["given"]]

    ordered = sorted(refs, key=lambda one: (stage_of(one, early), order_key(one)))

    stages = groupby(ordered, key=lambda one: stage_of(one, early))
    assert [[written(one) for one in stage] for _, stage in stages] == case["expect"]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_deletion_goes_the_other_way_round(case) -> None:
    refs = [ref(text) for text in case["given"]]

    gone = [written(one) for one in deletion_order(refs, frozenset(case.get("early", ())))]

    assert gone == [text for stage in case["expect"] for text in stage][::-1]


def test_manifests_are_ordered_by_what_they_are() -> None:
    web = {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web"}}
    settings = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "settings"}}

    assert in_order([web, settings]) == [settings, web]


def test_only_what_others_are_made_of_is_waited_for() -> None:
    assert [stage for stage in Stage if stage.waits] == [Stage.DEFINITIONS, Stage.CLASSES]
