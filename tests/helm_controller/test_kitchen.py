"""What charts are told of a cluster, by each engine: what it serves, and what is in it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
import yaml

from helm_controller.capabilities import CapabilitiesDesk
from helm_controller.chart import read
from helm_controller.engine import Engine, Limits
from helm_controller.kitchen import Dish, Kitchen
from helm_controller.lookup_door import LookupDoor
from helm_controller.post_render import PostRender
from helm_controller.problem import HelmError
from helm_controller.target import Target
from shared.cluster.client import Client
from shared.manifest.identity import Manifest
from tests.helm_controller.cases import archive
from tests.helm_controller.engines import ENGINES, program

pytestmark = pytest.mark.slow

CHART = archive(
    {
        "crds/a.yaml": "kind: CustomResourceDefinition\n",
        "templates/a.yaml": """\
apiVersion: v1
kind: ConfigMap
metadata: {name: a}
data:
  deployments: {{ .Capabilities.APIVersions.Has "apps/v1/Deployment" | quote }}
  versions: {{ .Capabilities.APIVersions | toJson | quote }}
  cluster: {{ .Capabilities.KubeVersion.Version | quote }}
  found: {{ (lookup "v1" "ConfigMap" .Release.Namespace "there").data | toJson | quote }}
  many: {{ len (lookup "v1" "ConfigMap" .Release.Namespace "").items | quote }}
  none: {{ lookup "v1" "Secret" .Release.Namespace "none" | toJson | quote }}
  space: {{ (lookup "v1" "Namespace" "" .Release.Namespace).metadata.name | quote }}
""",
    }
)
UNKNOWN = archive({"templates/a.yaml": 'a: {{ lookup "nobody/v1" "Thing" "" "" | toJson }}\n'})


@asynccontextmanager
async def kitchen(client: Client, engine: str) -> AsyncIterator[Kitchen]:
    """A kitchen for the cluster of a client, with its door open."""
    door = LookupDoor()
    await door.open()
    try:
        async with Engine(Limits(workers=1), program(engine)) as renders:
            yield Kitchen(renders, CapabilitiesDesk(client), client.discovery, door)
    finally:
        await door.close()


def dish(chart: bytes, namespace: str, client: Client) -> Dish:
    target = Target("demo", namespace, namespace)
    return Dish(read(chart), {}, target, "ssa", PostRender((), None, {}, "combined"), client)


async def told(client: Client, namespace: str, engine: str) -> Manifest:
    """What the chart says it was told."""
    async with kitchen(client, engine) as room:
        draft = await room.rendered(dish(CHART, namespace, client), 1, is_upgrade=False)
    (document,) = draft.rendering.documents
    return yaml.safe_load(document.text)["data"]


@pytest.mark.parametrize("engine", ENGINES)
async def test_templates_are_told_what_the_cluster_serves_and_holds(
    api_server, namespace: str, engine: str
):
    async with api_server.client() as client:
        meta = {"name": "there", "namespace": namespace}
        manifest = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": meta, "data": {"x": "y"}}
        await client.apply(manifest, manager="someone")

        data = await told(client, namespace, engine)
        known = await CapabilitiesDesk(client).get()

    assert data["found"] == '{"x":"y"}'
    assert int(data["many"]) >= 1
    assert (data["none"], data["space"]) == ("{}", namespace)
    assert (data["deployments"], data["cluster"]) == ("true", known.kube_version)


async def test_the_helper_tells_templates_what_the_cluster_serves_and_nothing_else(
    api_server, namespace: str
):
    """As Helm does at a cluster; its library adds what it assumes without one."""
    async with api_server.client() as client:
        data = await told(client, namespace, "helper")
        known = await CapabilitiesDesk(client).get()

    assert yaml.safe_load(data["versions"]) == list(known.api_versions)


@pytest.mark.parametrize("engine", ENGINES)
async def test_a_kind_that_the_cluster_does_not_know_is_told(
    api_server, namespace: str, engine: str
):
    async with api_server.client() as client, kitchen(client, engine) as room:
        with pytest.raises(HelmError) as refused:
            await room.rendered(dish(UNKNOWN, namespace, client), 1, is_upgrade=False)

    assert "unable to get apiresource from unstructured: nobody/v1, Kind=Thing" in str(
        refused.value
    )


@pytest.mark.parametrize("engine", ENGINES)
async def test_only_the_definitions_of_a_chart_can_be_had(api_server, namespace: str, engine: str):
    async with api_server.client() as client, kitchen(client, engine) as room:
        definitions = await room.definitions(dish(CHART, namespace, client))

    assert [(one.path, one.text) for one in definitions] == [
        ("demo/crds/a.yaml", "kind: CustomResourceDefinition\n")
    ]
