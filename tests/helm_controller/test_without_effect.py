"""Fields that change nothing, and so in Flux: that they do not is held here, field by field."""

from __future__ import annotations

import pytest

from shared.manifest.identity import section, text
from shared.manifest.verdict import condition
from tests.helm_controller.cases import archive
from tests.helm_controller.town import CONFIG_MAP, Town, ready, says

pytestmark = pytest.mark.slow

STRANGE = """apiVersion: v1
kind: ConfigMap
metadata: {name: demo}
data: {colour: red}
strange: field
"""
THING = """apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: parts.GROUP}
spec:
  group: GROUP
  names: {kind: Part, plural: parts, singular: part, listKind: PartList}
  scope: Namespaced
  versions:
    - name: v1
      served: true
      storage: true
      schema: {openAPIV3Schema: {type: object, x-kubernetes-preserve-unknown-fields: true}}
"""
PART = """apiVersion: GROUP/v1
kind: Part
metadata: {name: demo}
"""


@pytest.mark.parametrize("disabled", [False, True])
@pytest.mark.parametrize("server_side", [False, True])
async def test_whether_open_api_validation_is_disabled_is_nothing_to_a_server_that_validates(
    town: Town, disabled: bool, server_side: bool
):
    """What helm 4 does on the same servers: refused server-side, dropped client-side."""
    await town.offer(archive({"templates/a.yaml": STRANGE}))
    install = {"disableOpenAPIValidation": disabled, "serverSideApply": server_side}
    await town.release(install=install)

    if server_side:
        hr = await town.until(says("InstallFailed"))
        assert ".strange: field not declared in schema" in text(condition(hr, "Ready"), "message")
        return
    await town.until(ready)
    live = await town.client.get(town.ref("demo", CONFIG_MAP))
    assert section(live, "data") == {"colour": "red"}
    assert "strange" not in live


@pytest.mark.parametrize("persistent", [False, True])
async def test_kinds_that_a_chart_brings_are_known_with_a_persistent_client_or_without(
    town: Town, persistent: bool
):
    group = f"{town.namespace}-{str(persistent).lower()}.example.com"
    chart = {
        "crds/thing.yaml": THING.replace("GROUP", group),
        "templates/a.yaml": PART.replace("GROUP", group),
    }
    await town.offer(archive(chart))
    await town.release(persistentClient=persistent)

    hr = await town.until(ready)

    entries = section(section(hr, "status"), "inventory")["entries"]
    assert f"{town.namespace}_demo_{group}_Part" in {one["id"] for one in entries}


async def test_definitions_are_written_whether_or_not_they_are_skipped_the_old_way(town: Town):
    """Reference flux.md 12 (81)."""
    group = f"{town.namespace}-skip.example.com"
    await town.offer(archive({"crds/thing.yaml": THING.replace("GROUP", group)}))
    await town.release(install={"skipCRDs": True})

    hr = await town.until(ready)

    entries = section(section(hr, "status"), "inventory")["entries"]
    assert {one["id"] for one in entries} == {
        f"_parts.{group}_apiextensions.k8s.io_CustomResourceDefinition"
    }
