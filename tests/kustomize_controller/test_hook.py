from __future__ import annotations

from datetime import timedelta

import pytest

from kustomize_controller.hook import deadline_of, judge_of
from shared.manifest.identity import Manifest
from shared.manifest.readiness import health_of
from shared.problem import Problem
from tests.fake.clock import NOON


def pod(phase: str, *, hook: bool = True) -> Manifest:
    marks = {"argocd.argoproj.io/hook": "PreSync"} if hook else {}
    status = {"phase": phase, "conditions": [{"type": "Ready", "status": "True"}]}
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": "migrate", "namespace": "apps", "annotations": marks},
        "status": status if phase else {},
    }


@pytest.mark.parametrize(
    ("manifest", "state"),
    [
        (pod("Succeeded"), "Current"),
        (pod("Failed"), "Failed"),
        (pod("Running"), "InProgress"),
        (pod("Pending"), "InProgress"),
        (pod(""), "InProgress"),
        (pod("Running", hook=False), "Current"),
    ],
    ids=["ended well", "failed", "runs", "waits for its node", "was just made", "is no hook"],
)
def test_a_pod_that_is_a_hook_has_to_end(manifest: Manifest, state: str) -> None:
    assert judge_of(health_of)(manifest, NOON).state == state


def deadline(said: str) -> Manifest:
    hook = pod("Running")
    hook["metadata"]["annotations"]["penstock.dev/hook-deadline"] = said  # type: ignore[index]
    return hook


def test_a_deadline_is_a_duration() -> None:
    assert deadline_of(deadline("1m30s")) == timedelta(seconds=90)
    assert deadline_of(pod("Running")) is None


def test_a_deadline_that_is_none_names_the_hook() -> None:
    with pytest.raises(Problem, match=r"apps/migrate: penstock\.dev/hook-deadline"):
        deadline_of(deadline("soon"))
