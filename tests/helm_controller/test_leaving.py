"""How releases go, rest, and wait for each other."""

from __future__ import annotations

import uuid
from collections.abc import AsyncIterator

import pytest

from helm_controller.dependency import HELM_RELEASE
from shared.manifest.identity import Manifest, Ref, metadata, section, text
from shared.manifest.verdict import condition
from tests.helm_controller.cases import archive
from tests.helm_controller.town import CONFIG_MAP, Town, handled, ready, released, says

pytestmark = pytest.mark.slow

CONFIG = """apiVersion: v1
kind: ConfigMap
metadata: {name: {{ .Release.Name }}}
data: {colour: {{ .Values.colour | default "red" | quote }}}
"""
CHART = {"templates/a.yaml": CONFIG}
OWNER = """apiVersion: v1
kind: ConfigMap
metadata: {name: owner}
"""
HELD = """apiVersion: v1
kind: ConfigMap
metadata: {name: held, finalizers: [penstock.dev/test]}
"""
HOOK = """apiVersion: v1
kind: ConfigMap
metadata:
  name: farewell
  annotations: {helm.sh/hook: pre-delete, helm.sh/hook-delete-policy: before-hook-creation}
"""


async def leave(town: Town, name: str = "demo") -> None:
    await town.client.delete(town.ref(name))
    await town.until_gone(town.ref(name))


async def owned(town: Town) -> Ref:
    """An object that belongs to the one of the release."""
    owner = await town.client.get(town.ref("owner", CONFIG_MAP))
    reference = {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "name": "owner",
        "uid": metadata(owner)["uid"],
        "blockOwnerDeletion": True,
    }
    meta = {"name": "part", "namespace": town.namespace, "ownerReferences": [reference]}
    part: Manifest = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": meta}
    await town.client.create(part, manager="someone")
    return town.ref("part", CONFIG_MAP)


@pytest.mark.parametrize("propagation", ["background", "foreground", "orphan"])
async def test_what_belongs_to_the_objects_goes_with_them_or_stays(town: Town, propagation: str):
    await town.offer(archive({"templates/a.yaml": OWNER}))
    await town.release(uninstall={"deletionPropagation": propagation})
    await town.until(ready)
    part = await owned(town)

    await leave(town)

    assert await town.find(town.ref("owner", CONFIG_MAP)) is None
    if propagation == "orphan":
        left = await town.client.get(part)
        assert not metadata(left).get("ownerReferences")
    else:
        await town.until_gone(part)


async def test_records_stay_where_that_is_asked_for(town: Town):
    await town.offer(archive(CHART))
    await town.release(uninstall={"keepHistory": True})
    await town.until(ready)

    await leave(town)

    assert await town.states() == [(1, "uninstalled")]
    assert await town.find(town.ref("demo", CONFIG_MAP)) is None


@pytest.mark.parametrize("disabled", [False, True])
async def test_hooks_of_uninstallations_are_run_unless_switched_off(town: Town, disabled: bool):
    await town.offer(archive({**CHART, "templates/hook.yaml": HOOK}))
    await town.release(uninstall={"disableHooks": disabled})
    await town.until(ready)

    await leave(town)

    assert (await town.find(town.ref("farewell", CONFIG_MAP)) is None) is disabled


async def free(town: Town) -> None:
    """What holds an object lets go of it."""
    patch = {"metadata": {"finalizers": None}}
    await town.client.patch(town.ref("held", CONFIG_MAP), patch, manager="someone")


async def test_what_does_not_go_in_time_is_told_and_tried_again(town: Town):
    await town.offer(archive({"templates/a.yaml": HELD}))
    await town.release(uninstall={"timeout": "1s"})
    await town.until(ready)

    await town.client.delete(town.ref())

    hr = await town.until(says("UninstallFailed", of="Released"))
    assert "held" in text(condition(hr, "Released"), "message")
    await free(town)
    await town.ask("again")
    await town.until_gone(town.ref())
    assert await town.states() == []


async def test_what_does_not_go_is_not_waited_for_where_that_is_switched_off(town: Town):
    await town.offer(archive({"templates/a.yaml": HELD}))
    await town.release(uninstall={"disableWait": True})
    await town.until(ready)

    await leave(town)

    assert await town.find(town.ref("held", CONFIG_MAP)) is not None
    await free(town)


async def test_a_suspended_release_rests_goes_on_and_is_left_behind_when_deleted(town: Town):
    await town.offer(archive(CHART))
    await town.release()
    await town.until(ready)

    await town.change(suspend=True, values={"colour": "blue"})
    await town.ask("at rest")
    await town.change(suspend=False)
    await town.until(released(2))
    live = await town.client.get(town.ref("demo", CONFIG_MAP))
    assert section(live, "data") == {"colour": "blue"}
    assert await town.states() == [(1, "superseded"), (2, "deployed")]

    await town.change(suspend=True)
    await leave(town)
    assert (await town.states())[-1] == (2, "deployed")
    assert await town.find(town.ref("demo", CONFIG_MAP)) is not None


async def test_a_release_that_never_was_goes_at_once(town: Town):
    """Reference flux.md 12 (96)."""
    await town.release()
    await town.until(says("ArtifactFailed"))

    await leave(town)

    assert await town.states() == []


async def test_a_release_waits_until_the_other_is_ready(town: Town):
    await town.offer(archive(CHART))
    await town.release("second", dependsOn=[{"name": "first"}])
    hr = await town.until(says("DependencyNotReady"), "second")
    assert "first" in text(condition(hr, "Ready"), "message")
    assert await town.states("second") == []

    await town.release("first")

    await town.until(ready, "second")


async def test_an_expression_says_what_is_waited_for(town: Town):
    asked = "dep.metadata.labels['stage'] == 'go' && self.spec.interval == '1h'"
    await town.offer(archive(CHART))
    await town.release("first")
    await town.until(ready, "first")
    await town.release("second", dependsOn=[{"name": "first", "readyExpr": asked}])
    await town.until(says("DependencyNotReady"), "second")

    patch = {"metadata": {"labels": {"stage": "go"}}}
    await town.client.patch(town.ref("first"), patch, manager="someone")
    await town.ask("now", "second")

    await town.until(ready, "second")


async def test_an_expression_that_is_none_stalls(town: Town):
    await town.offer(archive(CHART))
    await town.release(dependsOn=[{"name": "first", "readyExpr": "dep.status."}])

    hr = await town.until(says("InvalidCELExpression"))

    assert text(condition(hr, "Stalled"), "status") == "True"
    assert "dependsOn[0].readyExpr" in text(condition(hr, "Ready"), "message")


@pytest.fixture
async def neighbour(town: Town) -> AsyncIterator[str]:
    """Another namespace."""
    name = f"neighbour-{uuid.uuid4().hex[:8]}"
    home: Manifest = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}}
    await town.client.create(home, manager="someone")
    yield name
    await town.client.delete(Ref("", "Namespace", "", name, "v1"))


async def test_a_release_waits_for_one_of_another_namespace(town: Town, neighbour: str):
    await town.offer(archive(CHART))
    await town.release(dependsOn=[{"name": "first", "namespace": neighbour}])
    hr = await town.until(says("DependencyNotReady"))
    assert f"{neighbour}/first" in text(condition(hr, "Ready"), "message")

    await there(town, neighbour)
    await town.ask("now")

    await town.until(lambda found: ready(found) and handled("now")(found))


async def there(town: Town, namespace: str) -> None:
    """A HelmRelease that somebody else's controller has made ready."""
    meta = {"name": "first", "namespace": namespace}
    spec = {"interval": "1h", "chartRef": {"kind": "HelmChart", "name": "demo"}}
    ref = Ref(HELM_RELEASE.group, HELM_RELEASE.kind, namespace, "first", HELM_RELEASE.version)
    head = {"apiVersion": HELM_RELEASE.api_version, "kind": HELM_RELEASE.kind}
    made = await town.client.create({**head, "metadata": meta, "spec": spec}, manager="someone")
    generation = metadata(made)["generation"]
    ready_now = {
        "type": "Ready",
        "status": "True",
        "reason": "InstallSucceeded",
        "message": "",
        "lastTransitionTime": "2026-01-01T00:00:00Z",
        "observedGeneration": generation,
    }
    status = {"observedGeneration": generation, "conditions": [ready_now]}
    patch = {"status": status}
    await town.client.patch(ref, patch, manager="someone", subresource="status")
