"""What the fields of actions do: whose objects are taken, what stays, where it goes, how it is
written."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import suppress

import pytest

from helm_controller.chart_source import HELM_CHART
from shared.cluster.error import NotFound
from shared.manifest.identity import Kind, Manifest, Ref, labels_of, section, text
from shared.manifest.verdict import condition
from tests.helm_controller.cases import archive
from tests.helm_controller.town import CONFIG_MAP, SECRET, Town, ready, released, says

pytestmark = pytest.mark.slow
NAMESPACE = Kind("", "v1", "Namespace")

CONFIG = """apiVersion: v1
kind: ConfigMap
metadata: {name: {{ .Values.name | default "demo" }}}
data:
  colour: {{ .Values.colour | default "red" | quote }}
  {{- if .Values.more }}
  more: {{ .Values.more | quote }}
  {{- end }}
"""
BROKEN = """{{ if .Values.broken }}
apiVersion: v1
kind: ConfigMap
metadata: {name: new}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: "No Name"}
{{ end }}
"""
CHART = {"templates/a.yaml": CONFIG, "templates/broken.yaml": BROKEN}


async def data(town: Town, name: str = "demo", namespace: str = "") -> Manifest:
    ref = Ref("", "ConfigMap", namespace or town.namespace, name, "v1")
    return section(await town.client.get(ref), "data")


async def put(town: Town, name: str, **values: str) -> None:
    meta = {"name": name, "namespace": town.namespace}
    manifest = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": meta, "data": values}
    await town.client.apply(manifest, manager="someone")


async def method(town: Town) -> str:
    """How the newest release was written."""
    return text((await town.records())[-1].release, "apply_method")


@pytest.fixture
async def elsewhere(town: Town) -> AsyncIterator[str]:
    """The name of a namespace that is not there yet; it goes afterwards."""
    name = f"{town.namespace}-else"
    yield name
    with suppress(NotFound):
        await town.client.delete(Ref("", "Namespace", "", name))


async def test_what_is_there_already_is_taken_unless_that_is_forbidden(town: Town):
    await put(town, "demo", theirs="1")
    await town.offer(archive(CHART))
    await town.release(install={"disableTakeOwnership": True})

    hr = await town.until(says("InstallFailed"))
    message = text(condition(hr, "Ready"), "message")
    assert 'ConfigMap "demo" in namespace' in message
    assert "cannot be imported into the current release: invalid ownership metadata" in message
    assert await town.states() == []

    await town.change(install={"disableTakeOwnership": False})
    await town.until(ready)
    assert await data(town) == {"theirs": "1", "colour": "red"}

    await put(town, "other", theirs="1")
    await town.change(values={"name": "other"}, upgrade={"disableTakeOwnership": True})
    hr = await town.until(says("UpgradeFailed"))
    assert 'ConfigMap "other"' in text(condition(hr, "Ready"), "message")
    assert await data(town, "other") == {"theirs": "1"}


async def test_what_is_to_be_kept_stays_when_the_release_goes(town: Town):
    kept = CONFIG.replace(
        "metadata: {", "metadata: {annotations: {helm.sh/resource-policy: keep}, "
    )
    chart = {**CHART, "templates/b.yaml": kept.replace('"demo"', '"kept"')}
    await town.offer(archive(chart))
    await town.release()
    await town.until(ready)

    await town.client.delete(town.ref())
    await town.until_gone(town.ref())

    assert await town.find(town.ref("demo", CONFIG_MAP)) is None
    assert await data(town, "kept") == {"colour": "red"}


async def test_the_namespace_is_made_where_that_is_asked_for_and_stays(town: Town, elsewhere: str):
    await town.offer(archive(CHART))
    await town.release(targetNamespace=elsewhere)
    hr = await town.until(says("InstallFailed"))
    assert f'namespaces "{elsewhere}" not found' in text(condition(hr, "Ready"), "message")

    await town.client.delete(town.ref())
    await town.until_gone(town.ref())
    await town.release(targetNamespace=elsewhere, install={"createNamespace": True})
    hr = await town.until(ready)

    made = await town.client.get(Ref("", "Namespace", "", elsewhere))
    assert labels_of(made)["name"] == elsewhere
    assert await data(town, namespace=elsewhere) == {"colour": "red"}
    name = f"{elsewhere}-demo"
    assert section(hr, "status")["history"][0]["name"] == name
    assert [status for _, status in await town.states(name)][-1] == "deployed", "stored with us"

    await town.client.delete(town.ref())
    await town.until_gone(town.ref())
    assert await town.client.get(Ref("", "Namespace", "", elsewhere))


async def test_another_namespace_is_another_release(town: Town, elsewhere: str):
    await town.offer(archive(CHART))
    await town.release(install={"createNamespace": True}, releaseName="demo")
    await town.until(ready)

    await town.change(targetNamespace=elsewhere)

    await town.until(
        lambda hr: ready(hr) and elsewhere in str(section(hr, "status").get("history"))
    )
    assert await town.find(town.ref("demo", CONFIG_MAP)) is None
    assert await data(town, namespace=elsewhere) == {"colour": "red"}
    assert await town.states() == [(1, "deployed")]


async def test_records_are_kept_where_they_are_told_to_be(town: Town, elsewhere: str):
    await town.client.apply(
        {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": elsewhere}},
        manager="someone",
    )
    await town.offer(archive(CHART))
    await town.release(storageNamespace=elsewhere)
    hr = await town.until(ready)
    assert section(hr, "status")["storageNamespace"] == elsewhere
    stored = await town.client.list(SECRET, namespace=elsewhere, labels="owner=helm")
    assert [one["metadata"]["name"] for one in stored.items] == ["sh.helm.release.v1.demo.v1"]
    assert await town.states() == []

    await town.change(storageNamespace=town.namespace)

    await town.until(
        lambda hr: ready(hr) and section(hr, "status")["storageNamespace"] != elsewhere
    )
    stored = await town.client.list(SECRET, namespace=elsewhere, labels="owner=helm")
    assert stored.items == []
    assert await town.states() == [(1, "deployed")]


async def test_what_was_written_client_side_stays_so_until_told(town: Town):
    await town.offer(archive(CHART))
    await town.release(install={"serverSideApply": False}, values={"more": "1"})
    await town.until(ready)
    await put(town, "demo", theirs="1")
    assert await method(town) == "csa"

    await town.change(values={"more": "2"})
    await town.until(released(2))
    assert await method(town) == "csa"
    assert await data(town) == {"colour": "red", "more": "2", "theirs": "1"}

    await town.change(values={"more": None}, upgrade={"serverSideApply": "enabled"})
    await town.until(released(3))
    assert await method(town) == "ssa"
    assert await data(town) == {"colour": "red", "theirs": "1"}, "the field was ours before"

    await town.change(values={"more": "3"}, upgrade={"serverSideApply": "disabled"})
    await town.until(released(4))
    assert await method(town) == "csa"
    assert await data(town) == {"colour": "red", "more": "3", "theirs": "1"}


async def test_what_is_forced_client_side_is_replaced_as_a_whole(town: Town):
    await town.offer(archive(CHART))
    await town.release(install={"serverSideApply": False}, upgrade={"force": True})
    await town.until(ready)
    await put(town, "demo", theirs="1")

    await town.change(values={"colour": "blue"})
    await town.until(released(2))

    assert await data(town) == {"colour": "blue"}


async def test_what_a_failed_upgrade_made_goes_where_that_is_asked_for(town: Town):
    await town.offer(archive(CHART))
    await town.release()
    await town.until(ready)

    await town.change(values={"broken": True, "colour": "blue"})
    await town.until(says("UpgradeFailed"))
    assert await town.find(town.ref("new", CONFIG_MAP)), "nobody has asked for it"
    await town.client.delete(town.ref("new", CONFIG_MAP))

    await town.change(upgrade={"cleanupOnFail": True})
    await town.until(
        lambda hr: says("UpgradeFailed")(hr) and says("RetriesExceeded", of="Stalled")(hr)
    )
    await town.until_gone(town.ref("new", CONFIG_MAP))
    assert await data(town) == {"colour": "blue"}, "what was there before stays"


async def test_old_records_go_and_the_deployed_one_never(town: Town):
    await town.offer(archive(CHART))
    await town.release(maxHistory=2)
    await town.until(ready)
    for number, colour in enumerate(("blue", "green", "black"), 2):
        await town.change(values={"colour": colour})
        await town.until(released(number))
    assert await town.states() == [(3, "superseded"), (4, "deployed")]

    await town.change(values={"broken": True}, maxHistory=1)
    await town.until(says("RetriesExceeded", of="Stalled"))
    assert (4, "deployed") in await town.states()


@pytest.mark.parametrize("strategy", ["Reinstall", "InPlaceUpdate"])
async def test_a_chart_of_another_name_is_another_release_unless_told(town: Town, strategy: str):
    await town.offer(archive(CHART))
    await town.release(upgrade={"chartNameChangeStrategy": strategy})
    await town.until(ready)

    renamed = {**CHART, "Chart.yaml": "apiVersion: v2\nname: other\nversion: 1.0.0"}
    await town.offer(archive(renamed), "1.0.0-other")

    def there(hr: Manifest) -> bool:
        return ready(hr) and "'chartName': 'other'" in str(section(hr, "status").get("history"))

    await town.until(there)
    states = await town.states()
    expected = (
        [(1, "deployed")] if strategy == "Reinstall" else [(1, "superseded"), (2, "deployed")]
    )
    assert states == expected


async def test_a_chart_may_come_from_a_reference_or_from_a_template_in_turns(town: Town):
    await town.offer(archive(CHART))
    await town.release(values={"colour": "blue"})
    await town.until(ready)
    source = {"kind": "GitRepository", "name": "apps"}
    made = f"{town.namespace}-demo"

    await town.change(chart={"spec": {"chart": "./demo", "sourceRef": source}}, chartRef=None)
    await town.until_there(town.ref(made, HELM_CHART))
    await town.offer_from(made, archive(CHART))
    await town.until(ready)
    assert await town.states() == [(1, "deployed")], "the same chart is no news"

    newer = {**CHART, "Chart.yaml": "apiVersion: v2\nname: demo\nversion: 2.0.0"}
    await town.offer_from(made, archive(newer), "2.0.0")
    await town.until(released(2))

    await town.change(chart=None, chartRef={"kind": "HelmChart", "name": "demo"})
    await town.until(released(3))
    assert await town.find(town.ref(made, HELM_CHART)) is None
    assert [text(one.chart, "version") for one in await town.records()] == [
        "1.0.0",
        "2.0.0",
        "1.0.0",
    ]
