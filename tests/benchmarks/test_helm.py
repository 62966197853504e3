"""The chart that HelmReleases are measured with, and how it is told what became of them."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
import yaml

from benchmarks.helm import CHART, chart, is_released, is_seen, names, release, says
from benchmarks.turn import Match
from helm_controller.engine import Engine, Limits
from helm_controller.rendering import Order
from shared.manifest.identity import Manifest


async def rendered(values: Mapping[str, object]) -> dict[str, Manifest]:
    async with Engine(Limits(workers=1)) as engine:
        done = await engine.render(Order(CHART, "web-0000", "some", values))
    found: list[Manifest] = [each for each in yaml.safe_load_all(done.manifest) if each]
    return {str(each["kind"]): each for each in found}


@pytest.mark.slow
async def test_the_chart_is_four_objects_of_which_one_says_a_word() -> None:
    before, after = await rendered({}), await rendered({"message": "new"})

    assert sorted(before) == ["Deployment", "Ingress", "Service", "ServiceAccount"]
    assert {each["metadata"]["name"] for each in before.values()} == {"web-0000"}
    assert before["Deployment"]["spec"]["replicas"] == 0
    assert (says("old", before["Deployment"]), says("new", before["Deployment"])) == (True, False)
    assert says("new", after["Deployment"])
    assert [kind for kind in before if before[kind] != after[kind]] == ["Deployment"]


def test_the_repository_holds_the_chart_where_releases_look_for_it() -> None:
    [first, second] = names(2)

    assert first != second
    assert release(first)["spec"]["chart"]["spec"]["chart"] == "./chart"
    assert {"chart/Chart.yaml", "chart/values.yaml", "chart/templates/ingress.yaml"} < set(chart())


def reported(ready: str, observed: int, *versions: int) -> Manifest:
    """A HelmRelease of the second generation."""
    status = {
        "conditions": [{"type": "Ready", "status": ready}],
        "observedGeneration": observed,
        "history": [{"version": version} for version in versions],
    }
    return {"metadata": {"generation": 2}, "status": status}


@pytest.mark.parametrize(
    ("found", "seen", "second"),
    [
        pytest.param(reported("True", 2, 2, 1), True, True, id="upgraded"),
        pytest.param(reported("True", 2, 1), True, False, id="the last version still"),
        pytest.param(reported("True", 1, 2, 1), False, False, id="the last spec still"),
        pytest.param(reported("Unknown", 2, 2, 1), False, False, id="not ready yet"),
        pytest.param(reported("True", 2), True, False, id="nothing released"),
        pytest.param({"metadata": {"generation": 2}}, False, False, id="nobody has looked"),
    ],
)
def test_a_release_is_done_when_it_is_ready_for_its_spec_in_its_version(
    found: Manifest, *, seen: bool, second: bool
) -> None:
    assert is_seen(found) is seen
    assert is_released(2, found) is second


def test_what_only_controllers_ask_for_is_counted_with_its_status() -> None:
    match = Match(kinds=("helmreleases",))

    assert list(match.own) == ["helmreleases", "helmreleases/status"]
    assert list(match.statuses) == ["helmreleases/status"]
