from __future__ import annotations

import pytest

from helm_controller.summary import summary
from shared.api.helm_release import HelmRelease
from shared.api.parsing import parse
from shared.reconcile.condition import Mark

TESTS = {"enable": True}


def condition(kind: str, status: str, generation: int) -> dict[str, object]:
    return {
        "type": kind,
        "status": status,
        "reason": f"Old{kind}",
        "message": "",
        "observedGeneration": generation,
        "lastTransitionTime": "2026-01-01T00:00:00Z",
    }


def mark(kind: str, status: str = "True") -> Mark:
    return Mark(status, f"New{kind}", "")


@pytest.mark.parametrize(
    ("test", "old", "new", "expected"),
    [
        ({}, [], {}, None),
        ({}, [("Released", "True", 2)], {}, ("True", "OldReleased")),
        ({}, [("Released", "True", 2)], {"Released": "False"}, ("False", "NewReleased")),
        # What was remediated is never ready, and counts before the rest of its generation.
        ({}, [("Released", "True", 2), ("Remediated", "True", 2)], {}, ("False", "OldRemediated")),
        ({}, [("Released", "True", 2), ("Remediated", "True", 1)], {}, ("True", "OldReleased")),
        ({}, [("Remediated", "True", 2)], {"Remediated": None, "Released": "True"},
         ("True", "NewReleased")),
        (TESTS, [("Released", "True", 2), ("TestSuccess", "False", 2)], {},
         ("False", "OldTestSuccess")),
        (TESTS, [("Released", "True", 2), ("TestSuccess", "False", 1)], {},
         ("True", "OldReleased")),
        ({**TESTS, "ignoreFailures": True}, [("Released", "True", 2), ("TestSuccess", "False", 2)],
         {}, ("True", "OldReleased")),
        ({}, [("Released", "True", 2), ("TestSuccess", "False", 2)], {}, ("True", "OldReleased")),
    ],
)  # fmt: skip
def test_ready_says_what_the_conditions_say_together(test, old, new, expected):
    status = {"conditions": [condition(*one) for one in old]}
    body = {
        "metadata": {"name": "demo", "namespace": "apps", "generation": 2},
        "spec": {"interval": "1h", **({"test": test} if test else {})},
        "status": status,
    }
    hr = parse(HelmRelease, body)
    marks = {kind: mark(kind, status) if status else None for kind, status in new.items()}

    found = summary(hr.spec, hr.status.conditions, marks, 2)

    assert (found and (found.status, found.reason)) == expected
