"""The HelmChart that is made for a HelmRelease, and what that takes: on both servers."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator

import pytest

from helm_controller.chart_source import HELM_CHART
from shared.cluster.client import Client
from shared.manifest.identity import section
from tests.fake.shelf import Shelf
from tests.helm_controller.cases import archive
from tests.helm_controller.town import Town, handled, inhabited, ready, says

pytestmark = pytest.mark.slow

CONFIG = """apiVersion: v1
kind: ConfigMap
metadata: {name: {{ .Release.Name }}}
"""
TEMPLATE = {"spec": {"chart": "./demo", "sourceRef": {"kind": "GitRepository", "name": "apps"}}}


@pytest.fixture
async def controllers(api_server) -> AsyncIterator[Client]:
    """The controller's own way to the server."""
    async with api_server.client() as client:
        yield client


@pytest.fixture
async def town(api_server, controllers, namespace: str, shelf: Shelf) -> AsyncIterator[Town]:
    async with (
        api_server.client() as client,
        inhabited(client, namespace, shelf, controllers) as town,
    ):
        yield town


def counted(client: Client) -> Counter[str]:
    """The requests about HelmCharts so far, but for their watch."""
    found = {verb: many for verb, resource, many in client.requests() if resource == "helmcharts"}
    return Counter({verb: many for verb, many in found.items() if verb not in {"list", "watch"}})


async def installed(town: Town) -> str:
    """A release of a chart that was made for it; the name of that."""
    name = f"{town.namespace}-demo"
    await town.release(chart=TEMPLATE)
    await town.until(says("SourceNotReady"))
    await town.offer_from(name, archive({"templates/a.yaml": CONFIG}))
    await town.until(ready)
    return name


async def test_a_chart_is_written_once_and_never_read(town: Town, controllers: Client):
    await installed(town)
    await town.change(values={"colour": "blue"})
    await town.until(lambda hr: ready(hr) and len(section(hr, "status")["history"]) > 1)
    assert counted(controllers) == {"apply": 1}

    await town.client.delete(town.ref())
    await town.until_gone(town.ref())

    assert counted(controllers) == {"apply": 1, "delete": 1}


async def test_a_chart_that_others_have_changed_is_put_right_by_who_asks(
    town: Town, controllers: Client
):
    name = await installed(town)
    ref = town.ref(name, HELM_CHART)
    await town.client.patch(ref, {"spec": {"chart": "./other"}}, manager="someone")

    await town.ask("now")
    await town.until(handled("now"))

    assert section(await town.client.get(ref), "spec")["chart"] == "./demo"
    assert counted(controllers) == {"apply": 2, "get": 1}


async def test_a_chart_that_is_gone_is_made_anew(town: Town, controllers: Client):
    name = await installed(town)
    await town.client.delete(town.ref(name, HELM_CHART))

    await town.ask("now")

    await town.until(says("SourceNotReady"))
    assert await town.find(town.ref(name, HELM_CHART))
    assert counted(controllers)["apply"] == 2


async def test_a_chart_of_another_release_stays(town: Town):
    name = await installed(town)
    ref = town.ref(name, HELM_CHART)
    labels = {"metadata": {"labels": {"helm.toolkit.fluxcd.io/name": "other"}}}
    await town.client.patch(ref, labels, manager="someone")

    await town.client.delete(town.ref())
    await town.until_gone(town.ref())

    assert await town.find(ref)
