from __future__ import annotations

import pytest

from kustomize_controller import mark
from shared.manifest.identity import Manifest
from shared.operation.mark import deletes_itself
from shared.reconcile.key import Key

GROUP = "kustomize.toolkit.fluxcd.io"


def marked(key: str, value: object, *, where: str = "annotations") -> Manifest:
    return {"metadata": {where: {f"{GROUP}/{key}": value}}}


@pytest.mark.parametrize("where", ["labels", "annotations"])
@pytest.mark.parametrize("value", ["disabled", "Disabled", "DISABLED"])
def test_a_mark_is_a_label_or_an_annotation_whatever_its_case(where: str, value: str) -> None:
    assert mark.MARKS.is_left_alone(marked("reconcile", value, where=where))


@pytest.mark.parametrize(
    ("key", "value", "claims"),
    [
        ("reconcile", "disabled", {"is_left_alone", "is_kept"}),
        ("ssa", "Ignore", {"is_left_alone", "is_kept"}),
        ("prune", "disabled", {"is_kept"}),
        ("ssa", "IfNotPresent", {"is_made_once"}),
        ("ssa", "Merge", {"is_shared"}),
        ("ssa", "Override", set()),
        ("force", "enabled", {"is_forced"}),
        ("force", "disabled", set()),
        ("decrypt", "disabled", set()),
        ("reconcile", 5, set()),
        ("other", "disabled", set()),
    ],
)
def test_what_a_mark_says(key: str, value: object, claims: set[str]) -> None:
    asked = {
        "is_left_alone",
        "is_kept",
        "is_made_once",
        "is_shared",
        "is_forced",
    }

    assert {one for one in asked if getattr(mark.MARKS, one)(marked(key, value))} == claims


def test_only_an_annotation_leaves_a_secret_encrypted() -> None:
    assert mark.stays_encrypted(marked("decrypt", "disabled"))
    assert not mark.stays_encrypted(marked("decrypt", "disabled", where="labels"))


@pytest.mark.parametrize(
    ("kind", "spec", "expect"),
    [
        ("Job", {"ttlSecondsAfterFinished": 0}, True),
        ("Job", {}, False),
        ("CronJob", {"ttlSecondsAfterFinished": 5}, False),
    ],
)
def test_what_goes_by_itself(kind: str, spec: Manifest, expect: bool) -> None:
    assert deletes_itself({"kind": kind, "spec": spec}) is expect


def test_whose_an_object_is() -> None:
    labels = mark.MARKS.owner_labels(Key("flux-system", "apps"))

    assert mark.MARKS.owner_of({"metadata": {"labels": labels}}) == ("flux-system", "apps")
    assert mark.MARKS.owner_of({"metadata": {}}) == ("", "")
