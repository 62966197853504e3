"""A wait ends when there is something newer to release, and a mere request ends none."""

from __future__ import annotations

import asyncio

import pytest

from shared.manifest.identity import Kind, section, text
from shared.manifest.verdict import condition
from tests.helm_controller.cases import archive
from tests.helm_controller.town import Town, ready, says

pytestmark = pytest.mark.slow

WIDGET = Kind("", "v1", "ConfigMap")
CONFIG = """apiVersion: v1
kind: ConfigMap
metadata: {name: demo}
data: {colour: {{ .Values.colour | quote }}}
"""
CHART = {"values.yaml": "colour: red\n", "templates/a.yaml": CONFIG}
BLUE = {"apiVersion": "v1", "kind": "ConfigMap", "current": "data.colour == 'blue'"}
LONG = "10m"


async def waiting(town: Town) -> None:
    """A release that waits for what never comes."""
    await town.offer(archive(CHART))
    await town.release(timeout=LONG, healthCheckExprs=[BLUE])
    await town.until_there(town.ref("demo", WIDGET))


async def test_another_spec_ends_the_wait_and_that_is_no_failure(town: Town):
    await waiting(town)

    await town.change(values={"colour": "blue"})

    hr = await town.until(ready)
    assert await town.states() == [(1, "superseded"), (2, "deployed")]
    assert "HealthCheckCanceled" in await town.reasons()
    assert "InstallFailed" not in await town.reasons()
    assert "failures" not in section(hr, "status")


async def test_another_chart_ends_the_wait(town: Town):
    await waiting(town)

    await town.offer(archive(CHART | {"values.yaml": "colour: blue\n"}), "1.1.0")

    await town.until(ready)
    assert await town.states() == [(1, "superseded"), (2, "deployed")]


async def test_other_values_end_the_wait(town: Town):
    values = {"apiVersion": "v1", "kind": "ConfigMap"}
    meta = {
        "name": "values",
        "namespace": town.namespace,
        "labels": {"reconcile.fluxcd.io/watch": "Enabled"},
    }
    red = values | {"metadata": meta, "data": {"values.yaml": "colour: red"}}
    await town.client.apply(red, manager="someone")
    await town.offer(archive(CHART))
    refers = [{"kind": "ConfigMap", "name": "values"}]
    await town.release(timeout=LONG, healthCheckExprs=[BLUE], valuesFrom=refers)
    await town.until_there(town.ref("demo", WIDGET))

    blue = red | {"data": {"values.yaml": "colour: blue"}}
    await town.client.apply(blue, manager="someone")

    await town.until(ready)
    assert await town.states() == [(1, "superseded"), (2, "deployed")]


async def test_a_mere_request_ends_no_wait(town: Town):
    await waiting(town)

    await town.ask("now")
    await asyncio.sleep(0.5)

    assert await town.states() == [(1, "pending-install")]

    await town.ask("anyway", forceAt="anyway")

    hr = await town.until(says("HealthCheckCanceled", of="Released"))
    assert "newer" in text(condition(hr, "Released"), "message")
    await town.until_there(town.secret("sh.helm.release.v1.demo.v2"))


async def test_who_is_deleted_waits_for_nothing(town: Town):
    await waiting(town)

    await town.client.delete(town.ref())

    await town.until_gone(town.ref())
    assert await town.find(town.ref("demo", WIDGET)) is None
