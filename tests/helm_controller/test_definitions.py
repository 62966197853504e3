"""The definitions of charts: written before the rest as the policy says, and never deleted."""

from __future__ import annotations

import copy
from pathlib import Path

import pytest
import yaml

from shared.cluster.error import NotFound
from shared.manifest.identity import Kind, Manifest, Ref, labels_of, section, text
from tests.helm_controller.cases import archive
from tests.helm_controller.town import Town, ready, released

pytestmark = pytest.mark.slow
TABLE = Path(__file__).parents[1] / "data/helm_controller/definitions.yaml"
ROWS = yaml.safe_load(TABLE.read_text())
CONFIG = """apiVersion: v1
kind: ConfigMap
metadata: {name: demo}
data: {colour: {{ .Values.colour | default "red" }}}
"""


def group_of(town: Town) -> str:
    return f"{town.namespace}.example.com"


def definition(town: Town, description: str) -> Manifest:
    schema = {
        "type": "object",
        "description": description,
        "x-kubernetes-preserve-unknown-fields": True,
    }
    version = {"name": "v1", "served": True, "storage": True, "schema": {"openAPIV3Schema": schema}}
    names = {"kind": "Thing", "plural": "things", "singular": "thing", "listKind": "ThingList"}
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": f"things.{group_of(town)}"},
        "spec": {
            "group": group_of(town),
            "names": names,
            "scope": "Namespaced",
            "versions": [version],
        },
    }


async def described(town: Town) -> str:
    """What the definition in the cluster says; `none` where there is none."""
    try:
        live = await town.client.get(Ref.of(definition(town, "")))
    except NotFound:
        return "none"
    (version,) = section(live, "spec")["versions"]
    return text(section(section(version, "schema"), "openAPIV3Schema"), "description")


@pytest.mark.parametrize("row", [pytest.param(row, id=row["case"]) for row in ROWS])
async def test_definitions_are_written_as_the_policy_says(town: Town, row):
    policy = {"crds": row["policy"]} if "policy" in row else {}
    chart = {"templates/a.yaml": CONFIG}
    new = {"crds/thing.yaml": yaml.safe_dump(definition(town, "new"))}
    by_client = {"serverSideApply": False} if row.get("client") else {}
    if row["action"] == "upgrade":
        await town.offer(archive(chart))
        await town.release(install=by_client, upgrade=policy)
        await town.until(ready)
    if "there" in row:
        await town.client.create(definition(town, row["there"]), manager="someone")

    await town.offer(archive({**chart, **new}), "2")
    if row["action"] == "upgrade":
        await town.change(values={"colour": "blue"})
        await town.until(released(2))
    else:
        await town.release(install=policy)
        await town.until(ready)

    assert await described(town) == row["expect"]


async def test_definitions_are_there_before_what_needs_them_and_stay_when_the_release_goes(
    town: Town,
):
    thing = (
        f"apiVersion: {group_of(town)}/v1\nkind: Thing\nmetadata: {{name: demo}}\nspec: {{a: 1}}\n"
    )
    served = f'.Capabilities.APIVersions.Has "{group_of(town)}/v1/Thing"'
    other = copy.deepcopy(definition(town, "new"))
    chart = {
        "crds/deep/thing.yaml": yaml.safe_dump(other),
        "crds/more.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: stray}\n",
        "templates/a.yaml": f"{{{{ if {served} }}}}\n{thing}{{{{ end }}}}",
    }
    await town.offer(archive(chart))
    await town.release()

    hr = await town.until(ready)

    kind = Kind(group_of(town), "v1", "Thing")
    assert section(await town.client.get(town.ref("demo", kind)), "spec") == {"a": 1}
    live = await town.client.get(Ref.of(other))
    assert labels_of(live)["helm.toolkit.fluxcd.io/name"] == "demo"
    entries = section(section(hr, "status"), "inventory")["entries"]
    assert {
        "id": f"_things.{group_of(town)}_apiextensions.k8s.io_CustomResourceDefinition",
        "v": "v1",
    } in entries
    assert await town.find(town.ref("stray", Kind("", "v1", "ConfigMap"))) is None

    await town.client.delete(town.ref())
    await town.until_gone(town.ref())
    assert await town.find(town.ref("demo", kind)) is None
    assert await described(town) == "new"


async def test_a_definition_that_the_cluster_refuses_ends_the_installation_before_it_begins(
    town: Town,
):
    broken = definition(town, "new")
    section(broken, "metadata")["name"] = "No Name"
    await town.offer(archive({"templates/a.yaml": CONFIG, "crds/a.yaml": yaml.safe_dump(broken)}))
    await town.release()

    hr = await town.until(lambda hr: "CustomResourceDefinitions" in str(section(hr, "status")))

    assert "No Name" in str(section(hr, "status")["conditions"])
    assert await town.states() == []
