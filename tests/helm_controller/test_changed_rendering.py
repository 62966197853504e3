"""Common metadata and post-renderers: released once, and once more when they change."""

from __future__ import annotations

import pytest

from shared.manifest.identity import labels_of, metadata, section
from tests.helm_controller.cases import archive
from tests.helm_controller.town import CONFIG_MAP, Town, handled, ready, released, says

pytestmark = pytest.mark.slow

CONFIG = """apiVersion: v1
kind: ConfigMap
metadata: {name: demo}
"""
CHART = {"templates/a.yaml": CONFIG}


def renderer(value: str) -> list[dict[str, object]]:
    patch = f'[{{"op": "add", "path": "/data", "value": {{"patched": "{value}"}}}}]'
    return [{"kustomize": {"patches": [{"target": {"kind": "ConfigMap"}, "patch": patch}]}}]


async def test_a_release_with_changes_of_its_own_is_made_once(town: Town):
    await town.offer(archive(CHART))
    await town.release(commonMetadata={"labels": {"team": "a"}}, postRenderers=renderer("1"))

    hr = await town.until(ready)
    await town.ask("again")
    await town.until(handled("again"))

    assert await town.states() == [(1, "deployed")]
    status = section(hr, "status")
    assert status["observedPostRenderersDigest"]
    assert status["observedCommonMetadataDigest"]
    live = await town.client.get(town.ref("demo", CONFIG_MAP))
    assert labels_of(live)["team"] == "a"
    assert section(live, "data") == {"patched": "1"}


@pytest.mark.parametrize(
    "change",
    [
        {"commonMetadata": {"labels": {"team": "b"}}},
        {"postRenderers": renderer("2")},
        {"postRenderers": None},
    ],
    ids=["common metadata", "post-renderers", "no post-renderers any more"],
)
async def test_a_change_of_them_is_one_upgrade(town: Town, change: dict[str, object]):
    await town.offer(archive(CHART))
    await town.release(commonMetadata={"labels": {"team": "a"}}, postRenderers=renderer("1"))
    await town.until(ready)

    await town.change(**change)

    hr = await town.until(released(2))
    await town.ask("again")
    await town.until(handled("again"))
    assert await town.states() == [(1, "superseded"), (2, "deployed")]
    assert metadata(hr)["generation"] == 2


async def test_the_labels_that_name_the_release_win(town: Town):
    """Reference flux.md 12 (94)."""
    mark = "helm.toolkit.fluxcd.io/name"
    await town.offer(archive(CHART))
    await town.release(commonMetadata={"labels": {mark: "somebody"}})

    await town.until(ready)

    live = await town.client.get(town.ref("demo", CONFIG_MAP))
    assert labels_of(live)[mark] == "demo"


async def test_what_failed_with_them_is_tried_again_once_it_was_rolled_back(town: Town):
    strange = '[{"op": "add", "path": "/strange", "value": "field"}]'
    patch = {"target": {"kind": "ConfigMap"}, "patch": strange}
    await town.offer(archive(CHART))
    await town.release(upgrade={"remediation": {"retries": 1}})
    await town.until(ready)

    await town.change(postRenderers=[{"kustomize": {"patches": [patch]}}])

    hr = await town.until(says("RetriesExceeded", of="Stalled"))
    assert section(hr, "status")["upgradeFailures"] == 2
    assert [state for _, state in await town.states()][-2:] == ["failed", "deployed"]
