from __future__ import annotations

from datetime import timedelta

import pytest

from helm_controller.target import Target, most_revisions, moved, shortened, target_of, timeout_of
from shared.api.helm_release import HelmRelease
from shared.api.parsing import parse

LONG = "a" * 60


def release(spec: dict[str, object], status: dict[str, object] | None = None) -> HelmRelease:
    meta = {"name": "demo", "namespace": "apps"}
    body = {"metadata": meta, "spec": {"interval": "1h", **spec}, "status": status or {}}
    return parse(HelmRelease, body)


@pytest.mark.parametrize(
    ("spec", "expected"),
    [
        ({}, Target("demo", "apps", "apps")),
        ({"targetNamespace": "prod"}, Target("prod-demo", "prod", "apps")),
        ({"targetNamespace": "prod", "releaseName": "web"}, Target("web", "prod", "apps")),
        ({"storageNamespace": "store"}, Target("demo", "apps", "store")),
    ],
)
def test_where_a_release_goes(spec, expected):
    assert target_of(release(spec)) == expected


def test_a_name_that_is_too_long_is_cut_and_stays_its_own():
    assert shortened("a" * 53) == "a" * 53
    assert shortened(LONG).startswith("a" * 40 + "-")
    assert len(shortened(LONG)) == 53
    assert shortened(LONG) != shortened(LONG + "a")


HISTORY = {
    "storageNamespace": "apps",
    "history": [
        {
            "digest": "sha256:0",
            "name": "demo",
            "namespace": "apps",
            "version": 1,
            "status": "deployed",
            "chartName": "chart",
            "chartVersion": "1.0.0",
            "configDigest": "sha256:0",
            "firstDeployed": "2026-01-01T00:00:00Z",
            "lastDeployed": "2026-01-01T00:00:00Z",
        }
    ],
}


@pytest.mark.parametrize(
    ("spec", "chart", "expected"),
    [
        ({}, "chart", ""),
        ({"storageNamespace": "store"}, "chart", "storage namespace"),
        ({"targetNamespace": "prod", "releaseName": "demo"}, "chart", "release namespace"),
        ({"releaseName": "web"}, "chart", "release name"),
        ({}, "other", "chart name"),
        ({"upgrade": {"chartNameChangeStrategy": "InPlaceUpdate"}}, "other", ""),
    ],
)
def test_what_makes_it_another_release(spec, chart, expected):
    assert moved(release(spec, HISTORY), chart) == expected
    assert moved(release(spec), chart) == "", "what was never released cannot have moved"


def test_limits_are_those_of_the_spec_or_as_in_flux():
    assert timeout_of(release({})) == timedelta(minutes=5)
    assert timeout_of(release({"timeout": "1m"})) == timedelta(minutes=1)
    assert timeout_of(release({"timeout": "1m"}), timedelta(seconds=9)) == timedelta(seconds=9)
    assert most_revisions(release({})) == 5
    assert most_revisions(release({"maxHistory": 0})) == 0
