"""Changes by others to the objects of a release."""

from __future__ import annotations

import pytest

from shared.manifest.identity import section, text
from shared.manifest.verdict import condition
from tests.helm_controller.cases import archive
from tests.helm_controller.town import CONFIG_MAP, Town, handled, ready, says

pytestmark = pytest.mark.slow

CONFIG = """apiVersion: v1
kind: ConfigMap
metadata: {name: demo}
data: {colour: red, size: "1"}
"""
CHART = {"templates/a.yaml": CONFIG, "templates/b.yaml": CONFIG.replace("demo", "other")}


async def colour(town: Town, value: str, name: str = "demo") -> None:
    patch = {"data": {"colour": value}}
    await town.client.patch(town.ref(name, CONFIG_MAP), patch, manager="kubectl-edit")


def is_red(manifest: dict[str, object]) -> bool:
    return section(manifest, "data").get("colour") == "red"


async def test_what_somebody_has_changed_is_put_right_at_once(town: Town):
    await town.offer(archive(CHART))
    await town.release(driftDetection={"mode": "enabled"})
    await town.until(ready)

    await colour(town, "blue")

    await town.until(is_red, "demo", CONFIG_MAP)
    hr = await town.until(says("NoDriftDetected", of="Drifted"))
    assert text(condition(hr, "Ready"), "status") == "True"
    assert await town.states() == [(1, "deployed")]


async def test_what_somebody_has_deleted_is_made_again_at_once(town: Town):
    await town.offer(archive(CHART))
    await town.release(driftDetection={"mode": "enabled"})
    await town.until(ready)

    await town.client.delete(town.ref("demo", CONFIG_MAP))

    live = await town.until(lambda found: bool(found), "other", CONFIG_MAP)
    assert live
    await town.until_there(town.ref("demo", CONFIG_MAP))


async def test_what_somebody_has_changed_is_told_where_that_is_all_that_is_asked(town: Town):
    await town.offer(archive(CHART))
    await town.release(driftDetection={"mode": "warn"})
    await town.until(ready)

    await colour(town, "blue")

    hr = await town.until(says("DriftDetected", of="Drifted"))
    assert text(condition(hr, "Ready"), "status") == "True"
    message = text(condition(hr, "Drifted"), "message")
    assert f"ConfigMap/{town.namespace}/demo changed: data.colour" in message
    assert "kubectl-edit" in message
    assert "blue" not in message
    live = await town.client.get(town.ref("demo", CONFIG_MAP))
    assert section(live, "data")["colour"] == "blue"


async def test_what_is_ignored_or_switched_off_is_left(town: Town):
    off = CONFIG.replace("demo", "spared").replace(
        "metadata: {",
        "metadata: {annotations: {helm.toolkit.fluxcd.io/driftDetection: Disabled}, ",
    )
    await town.offer(archive({**CHART, "templates/c.yaml": off}))
    rule = {"paths": ["/data/colour"], "target": {"name": "other"}}
    await town.release(driftDetection={"mode": "enabled", "ignore": [rule]})
    await town.until(ready)

    await colour(town, "blue", "other")
    await colour(town, "blue", "spared")
    await colour(town, "blue")

    await town.until(is_red, "demo", CONFIG_MAP)
    await town.ask("now")
    await town.until(handled("now"))
    for name in ("other", "spared"):
        live = await town.client.get(town.ref(name, CONFIG_MAP))
        assert section(live, "data")["colour"] == "blue", name


async def test_drift_is_nothing_to_a_release_that_does_not_look_for_it(town: Town):
    await town.offer(archive(CHART))
    await town.release()
    await town.until(ready)

    await colour(town, "blue")
    await town.ask("now")
    hr = await town.until(handled("now"))

    assert not condition(hr, "Drifted")
    live = await town.client.get(town.ref("demo", CONFIG_MAP))
    assert section(live, "data")["colour"] == "blue"
