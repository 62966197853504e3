"""The whole controller on an API server: what it is told by objects, it answers by objects."""

from __future__ import annotations

import pytest

from shared.manifest.identity import labels_of, section, text
from shared.manifest.verdict import condition
from tests.helm_controller.cases import archive
from tests.helm_controller.town import CONFIG_MAP, Town, ready, released

pytestmark = pytest.mark.slow

CONFIG = """apiVersion: v1
kind: ConfigMap
metadata: {name: {{ .Release.Name }}}
data: {colour: {{ .Values.colour | quote }}, revision: "{{ .Release.Revision }}"}
"""
CHART = {"values.yaml": "colour: red\n", "templates/a.yaml": CONFIG}


async def test_a_chart_is_installed_and_upgraded_and_uninstalled(town: Town):
    await town.offer(archive(CHART))
    await town.release(values={"colour": "blue"})

    hr = await town.until(ready)

    live = await town.client.get(town.ref("demo", CONFIG_MAP))
    assert live["data"] == {"colour": "blue", "revision": "1"}
    assert labels_of(live)["helm.toolkit.fluxcd.io/name"] == "demo"
    assert await town.states() == [(1, "deployed")]
    said = condition(hr, "Ready")
    assert (said["reason"], said["message"]) == (
        "InstallSucceeded",
        f"Helm install succeeded for release {town.namespace}/demo.v1 with chart demo@1.0.0",
    )
    assert section(hr, "status")["inventory"] == {
        "entries": [{"id": f"{town.namespace}_demo__ConfigMap", "v": "v1"}]
    }

    await town.change(values={"colour": "green"})
    hr = await town.until(released(2))

    live = await town.client.get(town.ref("demo", CONFIG_MAP))
    assert live["data"] == {"colour": "green", "revision": "2"}
    assert await town.states() == [(1, "superseded"), (2, "deployed")]
    assert text(condition(hr, "Ready"), "reason") == "UpgradeSucceeded"

    await town.client.delete(town.ref("demo"))
    await town.until_gone(town.ref("demo"))

    assert await town.find(town.ref("demo", CONFIG_MAP)) is None
    assert await town.states() == []
