"""Our entry in managedFields tells whether anyone touched a field of ours, on both API servers.

Drift detection reads only that entry: it must stay as it is, its time too, while others change what
is theirs, and be another once a field of ours was changed or removed.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from apiserver import merge_patch
from tests.contract.api import APPLY, JSON_PATCH, MERGE, STRATEGIC, Answer, Api

DATA = Path(__file__).parents[1] / "data/apiserver"
CASES = yaml.safe_load((DATA / "entry_moves.yaml").read_text())
FORMS = {"merge": MERGE, "strategic": STRATEGIC, "json": JSON_PATCH}


def deployment(**more: object) -> dict[str, Any]:
    """What we apply: paused in all but name, for no image can be pulled."""
    container = {
        "name": "main",
        "image": "main:1",
        "args": ["one"],
        "env": [{"name": "MODE", "value": "slow"}, {"name": "LEVEL", "value": "1"}],
    }
    template = {"metadata": {"labels": {"app": "moved"}}, "spec": {"containers": [container]}}
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "moved", "labels": {"owner": "us", "app": "moved"}},
        "spec": {
            "replicas": 2,
            "revisionHistoryLimit": 3,
            "selector": {"matchLabels": {"app": "moved"}},
            "template": template,
        },
    } | more


async def write(api: Api, path: str, case: dict[str, Any]) -> Answer:
    """Do what another does in a case."""
    target = f"{path}/{case['through']}" if "through" in case else path
    if "apply" in case:
        names = {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "moved"}}
        body = merge_patch.apply(names, case["apply"])
        return await api.patch(target, body, APPLY, fieldManager="other", force="true")
    if "put" in case:
        live = (await api.get(path)).body
        del live["metadata"]["resourceVersion"]
        body = merge_patch.apply(live, case["put"])
        return await api.put(target, body, fieldManager="other")
    form = next(form for form in FORMS if form in case)
    return await api.patch(target, case[form], FORMS[form], fieldManager="other")


def entry_of(live: dict[str, Any]) -> dict[str, Any] | None:
    """Our entry, or None where it is gone."""
    entries = live["metadata"].get("managedFields", [])
    ours = [entry for entry in entries if entry["manager"] == "us"]
    assert len(ours) <= 1
    return ours[0] if ours else None


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
async def test_our_entry_moves_exactly_when_a_field_of_ours_was_touched(
    api: Api, namespace: str, case: dict[str, Any]
):
    path = f"/apis/apps/v1/namespaces/{namespace}/deployments/moved"
    applied = await api.apply(path, deployment(), "us")
    before = entry_of(applied.body)
    assert before is not None

    answer = await write(api, path, case)

    assert answer.status == 200, answer.body
    after = entry_of((await api.get(path)).body)
    assert (after != before) == case["moves"]


async def test_our_entry_moves_and_returns_when_drift_is_put_right(api: Api, namespace: str):
    path = f"/apis/apps/v1/namespaces/{namespace}/deployments/moved"
    before = entry_of((await api.apply(path, deployment(), "us")).body)
    await api.patch(path, {"spec": {"replicas": 5}}, fieldManager="other")

    righted = await api.apply(path, deployment(), "us", force="true")

    after = entry_of(righted.body)
    assert righted.body["spec"]["replicas"] == 2
    assert before is not None
    assert after is not None
    assert after["fieldsV1"] == before["fieldsV1"]
