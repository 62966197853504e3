from __future__ import annotations

from datetime import timedelta
from itertools import groupby
from pathlib import Path

import pytest
import yaml

from kustomize_controller.ordering import (
    HOOK,
    RUN,
    Run,
    is_enabled,
    is_spared,
    not_acted_on,
    policies_of,
    run_of,
    sequence,
)
from kustomize_controller.problem import KustomizationProblem
from shared.api.inventory import Snapshot
from shared.manifest.identity import Manifest, annotations_of, metadata
from tests.fake.clock import NOON

TABLE = Path(__file__).parents[1] / "data/kustomize_controller/ordering.yaml"
CASES = yaml.safe_load(TABLE.read_text())
FRESH = Run("0123456789", fresh=True)
ARGO = "argocd.argoproj.io"
_KEYS = {
    "wave": f"{ARGO}/sync-wave",
    "weight": "helm.sh/hook-weight",
    "hook": f"{ARGO}/hook",
    "policy": f"{ARGO}/hook-delete-policy",
    "options": f"{ARGO}/sync-options",
}


def given(
    name: str, *, kind="ConfigMap", group="", namespace="apps", defines="", **said
) -> Manifest:
    meta: Manifest = {
        "name": name,
        "annotations": {_KEYS[key]: value for key, value in said.items()},
    }
    if kind != "Namespace" and not defines:
        meta["namespace"] = namespace
    if defines:
        names, versions = {"kind": defines}, [{"name": "v1", "served": True}]
        spec = {"group": "example.org", "names": names, "versions": versions}
        version = "apiextensions.k8s.io/v1"
        kind = "CustomResourceDefinition"
        return {"apiVersion": version, "kind": kind, "metadata": meta, "spec": spec}
    return {"apiVersion": f"{group}/v1" if group else "v1", "kind": kind, "metadata": meta}


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_the_order_of_what_was_built(case) -> None:
    manifests = [given(**one) for one in case["given"]]

    if "error" in case:
        with pytest.raises(KustomizationProblem, match=case["error"]):
            sequence(manifests, FRESH)
        return

    steps = groupby(sequence(manifests, FRESH), key=lambda task: task[0].step)
    assert [told(step, tasks) for step, tasks in steps] == case["expect"]


def told(step, tasks) -> str:
    names = [f"{'!' * slot.hook}{metadata(one)['name']}" for slot, one in tasks]
    return f"{step[0].name} {step[1]}: {' '.join(names)}"


def test_a_hook_says_which_run_made_it() -> None:
    first, second = sequence([given("check", hook="PreSync,PostSync")], FRESH)

    assert annotations_of(first[1])[RUN] == "0123456789-PreSync"
    assert annotations_of(second[1])[RUN] == "0123456789-PostSync"
    assert annotations_of(first[1])[HOOK] == "PreSync,PostSync"


def test_a_hook_that_asks_for_it_has_a_name_for_each_run() -> None:
    hook = given("migrate", hook="PreSync")
    metadata(hook)["generateName"] = "migrate-"

    [(_, made)] = sequence([hook], FRESH)

    assert metadata(made)["name"] == "migrate-0123456789-presync"
    assert "generateName" not in metadata(made)
    assert metadata(hook)["name"] == "migrate"


@pytest.mark.parametrize(
    ("said", "default", "expect"),
    [
        ({}, False, False),
        ({}, True, True),
        ({"penstock.dev/argo": "enabled"}, False, True),
        ({"penstock.dev/argo": "Enabled"}, False, True),
        ({"penstock.dev/argo": "disabled"}, True, False),
        ({"penstock.dev/argo": "maybe"}, False, False),
    ],
)
def test_whether_the_annotations_count(said, default: bool, expect: bool) -> None:
    assert is_enabled(said, default) == expect


def snapshot(digest: str, status: str = "ReconciliationSucceeded", minute: int = 0) -> Snapshot:
    return Snapshot(
        digest=digest,
        first_reconciled=NOON,
        last_reconciled=NOON + timedelta(minutes=minute),
        last_reconciled_duration=timedelta(seconds=1),
        last_reconciled_status=status,
        total_reconciliations=1,
    )


A, B = snapshot("a"), snapshot("b", minute=1)
FAILED = snapshot("a", "HealthCheckFailed", 2)


@pytest.mark.parametrize(
    ("history", "fresh"),
    [
        ((), True),
        ((A,), False),
        ((B,), True),
        ((FAILED,), True),
        ((FAILED, A), False),
        ((B, A), True),
        ((FAILED, B, A), True),
        ((A, B), False),
    ],
    ids=[
        "first",
        "done",
        "another was done",
        "it failed",
        "it failed after it was done",
        "it was done before another",
        "it failed since another was done",
        "it is done again",
    ],
)
def test_whether_hooks_are_due(history, fresh: bool) -> None:
    assert run_of(history, "a").fresh == fresh


def test_a_run_has_one_name_until_it_is_done_and_after() -> None:
    during = [run_of(history, "a").name for history in ((B,), (FAILED, B))]
    after = run_of((A, FAILED, B), "a").name

    assert len({*during, after}) == 1


def test_a_build_that_comes_back_is_another_run() -> None:
    again = snapshot("b", minute=9)

    names = {run_of(history, "a").name for history in ((), (B,), (again, A, B))}

    assert len(names) == 3


@pytest.mark.parametrize(
    ("policy", "expect"),
    [
        ("", {"BeforeHookCreation"}),
        ("HookSucceeded", {"HookSucceeded"}),
        ("HookSucceeded, HookFailed", {"HookSucceeded", "HookFailed"}),
    ],
)
def test_when_a_hook_is_deleted(policy: str, expect: set[str]) -> None:
    assert policies_of(given("a", policy=policy)) == expect


@pytest.mark.parametrize(
    ("options", "pruned", "ended"),
    [("", False, False), ("Prune=false", True, False), ("Delete=false,Prune=false", True, True)],
)
def test_what_asks_not_to_be_deleted(options: str, pruned: bool, ended: bool) -> None:
    live = given("a", options=options)

    assert (is_spared(live, ending=False), is_spared(live, ending=True)) == (pruned, ended)


def test_options_that_change_nothing_are_named() -> None:
    live = given("a", options="Prune=false, Prune=confirm,ServerSideApply=false,Valdate=false")

    assert not_acted_on(live) == ["Prune=confirm", "ServerSideApply=false", "Valdate=false"]
