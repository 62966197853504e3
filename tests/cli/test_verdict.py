import pytest

from cli.guide import reasons
from cli.verdict import verdict_of


def apps(*conditions, generation=2):
    return {
        "apiVersion": "kustomize.toolkit.fluxcd.io/v1",
        "kind": "Kustomization",
        "metadata": {"name": "apps", "namespace": "flux-system", "generation": generation},
        "status": {"conditions": list(conditions)},
    }


def condition(kind, status, reason="Reason", message="message", generation=2):
    return {
        "type": kind, "status": status, "reason": reason, "message": message,
        "observedGeneration": generation, "lastTransitionTime": "2026-01-01T00:00:00Z",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("conditions", "state", "message"),
    [
        pytest.param([], "underway", "not begun", id="nothing said yet"),
        pytest.param([condition("Ready", "True")], "ready", "message", id="ready"),
        pytest.param([condition("Ready", "False")], "failed", "message", id="not ready"),
        pytest.param(
            [condition("Reconciling", "True", message="building"), condition("Ready", "Unknown")],
            "underway", "building", id="at work",
        ),
        pytest.param(
            [condition("Ready", "True", generation=1)], "underway", "has changed",
            id="ready for an older generation",
        ),
    ],
)  # fmt: skip
def test_the_verdict_on_an_object(conditions, state, message):
    verdict = verdict_of(apps(*conditions))

    assert (verdict.state, verdict.message) == (state, message)


def test_the_reasons_name_the_object_the_reason_and_what_it_says():
    verdict = verdict_of(apps(condition("Ready", "False", "BuildFailed", "apps/a.yaml: broken")))

    assert reasons([verdict]) == (
        "  Kustomization/flux-system/apps: BuildFailed: apps/a.yaml: broken"
    )


def test_a_registry_of_which_nothing_is_ever_said_keeps_nobody_waiting():
    registry = {**apps(), "kind": "HelmRepository", "spec": {"type": "oci"}}

    assert verdict_of(registry).state == "ready"
    assert verdict_of({**registry, "spec": {"type": "default"}}).state == "underway"
