from __future__ import annotations

from kustomize_controller.mark import MARKS
from shared.manifest.identity import Manifest
from shared.operation.explanation import Evidence, explained
from tests.fake.cases import cases

NAMED = {"apiVersion": "v1", "kind": "Secret"}


def entries(**fields: Manifest | None) -> Manifest:
    """Metadata in which managers own fields."""
    when = "2026-01-01T12:00:00Z"
    way = {MARKS.manager: "Apply", "someone": "Update"}
    return {
        "managedFields": [
            {"manager": manager, "operation": way[manager], "time": when, "fieldsV1": owned}
            for manager, owned in fields.items()
            if owned
        ]
    }


@cases("kustomize_controller/explanation.yaml")
def test_what_is_said_of_a_change(case) -> None:
    now = entries(**{MARKS.manager: case.get("ours"), "someone": case.get("theirs")})
    after = entries(**{MARKS.manager: case["after"]})

    said = explained(
        Evidence(
            live={**NAMED, "metadata": now, **case.get("live", {})},
            outcome={**NAMED, "metadata": after, **case.get("outcome", {})},
            was=case.get("was"),
            wanted=case["wanted"],
            manager=MARKS.manager,
            ignored=tuple(map(tuple, case.get("ignored", ()))),
        )
    )

    assert said == case["expect"]


def test_no_value_is_ever_said() -> None:
    """Of a Secret neither, whichever way the change was seen."""
    secret = {"password": "c3dvcmRmaXNo"}
    owned = {"f:data": {"f:password": {}}}
    live = {**NAMED, "metadata": entries(someone=owned), "data": {"password": "aHVudGVyMg=="}}
    outcome = {**NAMED, "metadata": entries(**{MARKS.manager: owned}), "data": secret}
    outline = {**NAMED, "metadata": entries(someone=owned)}

    for shown in (live, outline):
        for was in (None, {"data": secret}, {"data": {"password": "b3RoZXI="}}):
            said = explained(Evidence(shown, outcome, was, {"data": secret}, MARKS.manager))
            assert said == "data.password (changed by someone at 2026-01-01T12:00:00Z)"
