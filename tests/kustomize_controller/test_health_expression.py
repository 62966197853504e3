from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from kustomize_controller.admission import require_expressions
from shared.api.kustomization import Kustomization
from shared.api.parsing import parse
from shared.manifest.identity import Manifest
from shared.operation.health_expression import health_rules
from shared.reconcile.failure import Stalled

NOW = datetime(2026, 1, 1, tzinfo=UTC)
TILL = {
    "apiVersion": "shop.example.org/v1beta1",
    "kind": "Till",
    "inProgress": "status.phase == 'Opening'",
    "failed": "status.phase == 'Stuck'",
    "current": "status.phase == 'Open'",
}
SHOP = {"apiVersion": "shop.example.org/v1", "current": "has(status.done)"}


def kustomization(**spec: Any) -> Kustomization:
    source = {"kind": "GitRepository", "name": "apps"}
    return parse(
        Kustomization,
        {
            "apiVersion": "kustomize.toolkit.fluxcd.io/v1",
            "kind": "Kustomization",
            "metadata": {"name": "web", "namespace": "apps"},
            "spec": {"interval": "1m", "prune": True, "sourceRef": source, **spec},
        },
    )


def till(kind: str = "Till", **status: Any) -> Manifest:
    metadata = {"name": "one", "namespace": "shop", "generation": 2}
    return {
        "apiVersion": "shop.example.org/v1",
        "kind": kind,
        "metadata": metadata,
        "status": status,
    }


@pytest.mark.parametrize(
    ("manifest", "state"),
    [
        (till(phase="Opening"), "InProgress"),
        (till(phase="Stuck"), "Failed"),
        (till(phase="Open"), "Current"),
        (till(phase="Closed"), "InProgress"),
        (till(), "Unknown"),
        (till(phase="Open", observedGeneration=1), "InProgress"),
        (till(phase="Open", observedGeneration=2), "Current"),
        (till("Shelf", done=True), "Current"),
        (till("Shelf", phase="Open"), "InProgress"),
        ({**till(phase="Stuck"), "apiVersion": "other.example.org/v1"}, "Current"),
    ],
    ids=[
        "on its way", "failed", "there", "nothing is true", "no answer", "not seen yet", "seen",
        "by the group", "not by the group", "of another group",
    ],
)  # fmt: skip
def test_the_state_by_expressions(manifest: Manifest, state: str) -> None:
    rules = health_rules(kustomization(healthCheckExprs=[SHOP, TILL]).spec.health_check_exprs)

    assert rules.judge(manifest, NOW).state == state


def test_an_expression_without_an_answer_says_why() -> None:
    rules = health_rules(kustomization(healthCheckExprs=[TILL]).spec.health_check_exprs)

    said = rules.judge(till(), NOW).message

    assert said == (
        "spec.healthCheckExprs[0].inProgress: cannot evaluate 'status.phase == 'Opening'': "
        'Key not found in map : "phase"'
    )


@pytest.mark.parametrize(
    ("spec", "place"),
    [
        ({"healthCheckExprs": [{**TILL, "failed": "status.phase =="}]},
         "spec.healthCheckExprs[0].failed: cannot read"),
        ({"healthCheckExprs": [SHOP, {**SHOP, "current": ""}]}, "spec.healthCheckExprs[1]: there"),
        ({"healthCheckExprs": [{**SHOP, "current": ""}]}, "spec.healthCheckExprs[0].current: "),
        ({"healthCheckExprs": [TILL, TILL]}, "there is an entry for kind Till of group shop"),
        ({"dependsOn": [{"name": "a"}, {"name": "b", "readyExpr": "dep.status"}]},
         "spec.dependsOn[1].readyExpr: cannot read 'dep.status': the answer has to be a bool"),
        ({"dependsOn": [{"name": "b", "readyExpr": "other == 1"}]},
         "spec.dependsOn[0].readyExpr: cannot read 'other == 1': 1:1: undeclared reference"),
    ],
    ids=["half", "twice a group", "nothing", "twice a kind", "no bool", "another variable"],
)  # fmt: skip
def test_what_cannot_be_read_stalls(spec: dict[str, Any], place: str) -> None:
    with pytest.raises(Stalled) as stalled:
        require_expressions(kustomization(**spec))

    assert stalled.value.reason == "InvalidCELExpression"
    assert place in stalled.value.message


def test_health_expressions_are_read_for_their_grammar_only() -> None:
    require_expressions(kustomization(healthCheckExprs=[{**SHOP, "current": "nowhere + 1"}]))
