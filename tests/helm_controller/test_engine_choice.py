"""HelmReleases with either engine: what is asked for is what renders."""

from __future__ import annotations

from pathlib import Path

import pytest

from helm_controller.engine_program import PLACE
from helm_controller.problem import HelmError
from shared.manifest.identity import Manifest, section
from tests.fake.shelf import Shelf
from tests.helm_controller.cases import archive
from tests.helm_controller.engines import ENGINES, program
from tests.helm_controller.town import CONFIG_MAP, inhabited, ready, released
from tests.servers import ApiServer

pytestmark = pytest.mark.slow

CHART = archive(
    {
        "templates/a.yaml": """\
apiVersion: v1
kind: ConfigMap
metadata: {name: demo}
data:
  helm: {{ .Capabilities.HelmVersion.Version | quote }}
  set: {{ .Values.set | quote }}
  colour: {{ .Values.colour | quote }}
  found: {{ (lookup "v1" "ConfigMap" .Release.Namespace "port").data | toJson | quote }}
""",
        "templates/hook.yaml": """\
apiVersion: v1
kind: ConfigMap
metadata: {name: hook, annotations: {helm.sh/hook: "pre-install,pre-upgrade"}}
data: {revision: {{ .Release.Revision | quote }}}
""",
    }
)
HELMS = {"library": "v4.2", "helper": "v4.3"}
SET = {"library": "2e+06", "helper": "2000000"}
"""What Helm's command makes of a number that was set is `2000000`."""
TARGETS = [{"kind": "ConfigMap", "name": "port", "valuesKey": "port", "targetPath": "set"}]


@pytest.mark.parametrize("engine", ENGINES)
async def test_charts_are_released_with_the_engine_that_is_asked_for(
    api_server: ApiServer,
    namespace: str,
    shelf: Shelf,
    engine: str,
    monkeypatch: pytest.MonkeyPatch,
):
    if engine == "helper":
        monkeypatch.setenv(PLACE, program(engine).words[0])
    async with (
        api_server.client() as client,
        inhabited(client, namespace, shelf, helm_engine=engine) as town,
    ):
        meta = {"name": "port", "namespace": namespace}
        port: Manifest = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": meta}
        await client.apply({**port, "data": {"port": "2000000"}}, manager="someone")
        await town.offer(CHART)
        await town.release(values={"colour": "red"}, valuesFrom=TARGETS)
        await town.until(ready)
        await town.change(values={"colour": "blue"})
        await town.until(released(2))

        live = section(await client.get(town.ref("demo", CONFIG_MAP)), "data")
        hook = section(await client.get(town.ref("hook", CONFIG_MAP)), "data")

    assert live == {
        "helm": HELMS[engine],
        "set": SET[engine],
        "colour": "blue",
        "found": '{"port":"2000000"}',
    }
    assert hook == {"revision": "2"}


async def test_a_helper_that_is_not_there_keeps_the_controller_from_starting(
    api_server: ApiServer, namespace: str, shelf: Shelf, tmp_path: Path, monkeypatch
):
    monkeypatch.setenv(PLACE, str(tmp_path / "gone"))

    with pytest.raises(HelmError, match="which is no program that can be run"):
        async with (
            api_server.client() as client,
            inhabited(client, namespace, shelf, helm_engine="helper") as town,
        ):
            await town.ended.wait()
