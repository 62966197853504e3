"""Hooks: in which order they are run, what becomes of them, and of the release when one fails."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from shared.manifest.identity import Kind, metadata, section, text
from shared.manifest.verdict import condition
from tests import servers
from tests.fake.shelf import Shelf
from tests.helm_controller.cases import archive
from tests.helm_controller.town import CONFIG_MAP, Town, inhabited, ready, released, says

pytestmark = pytest.mark.slow
JOB = Kind("batch", "v1", "Job")
POD = Kind("", "v1", "Pod")

CONFIG = """apiVersion: v1
kind: ConfigMap
metadata: {name: demo}
data: {colour: {{ .Values.colour | default "red" | quote }}}
"""


def hook(name: str, events: str, weight: int = 0, *, policy: str = "", kind: str = "ConfigMap"):
    """A hook of a kind that has no work to do."""
    policies = f", helm.sh/hook-delete-policy: '{policy}'" if policy else ""
    return (
        f"apiVersion: v1\nkind: {kind}\nmetadata: {{name: {name}, annotations: {{"
        f"helm.sh/hook: '{events}', helm.sh/hook-weight: '{weight}'{policies}}}}}\n"
    )


def job(name: str, events: str, fate: str = "ready", *, policy: str = "", logs: str = ""):
    """A hook that is a Job, with what becomes of it."""
    policies = f", helm.sh/hook-delete-policy: '{policy}'" if policy else ""
    policies += f", helm.sh/hook-output-log-policy: '{logs}'" if logs else ""
    return (
        f"apiVersion: batch/v1\nkind: Job\nmetadata: {{name: {name}, annotations: {{"
        f"helm.sh/hook: '{events}', apiserver.penstock.dev/simulate: '{fate}'{policies}}}}}\n"
        "spec: {backoffLimit: 0, template: {spec: {restartPolicy: Never, "
        "containers: [{name: c, image: busybox}]}}}\n"
    )


@pytest.fixture
async def mill(namespace_of_mill: str, mill_server, shelf: Shelf) -> AsyncIterator[Town]:
    """A town whose Jobs are done, or not, as an annotation says."""
    async with mill_server.client() as client, inhabited(client, namespace_of_mill, shelf) as town:
        yield town


@pytest.fixture
async def mill_server():
    async with servers.embedded() as server:
        yield server


@pytest.fixture
async def namespace_of_mill(mill_server) -> str:
    body = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "mill"}}
    async with mill_server.session() as api, api.post("/api/v1/namespaces", json=body) as answer:
        answer.raise_for_status()
    return "mill"


async def made(town: Town, *names: str) -> list[str]:
    """The ConfigMaps, in the order in which they were made."""
    found = [await town.client.get(town.ref(name, CONFIG_MAP)) for name in names]
    ordered = sorted(found, key=lambda one: int(text(metadata(one), "resourceVersion")))
    return [text(metadata(one), "name") for one in ordered]


async def test_hooks_are_run_by_weight_and_then_by_name(town: Town):
    hooks = {
        "templates/b.yaml": hook("b", "pre-install", 5),
        "templates/a.yaml": hook("a", "pre-install", 5),
        "templates/z.yaml": hook("z", "pre-install", -1),
        "templates/last.yaml": hook("last", "post-install"),
        "templates/never.yaml": hook("never", "post-upgrade"),
    }
    await town.offer(archive({"templates/c.yaml": CONFIG, **hooks}))
    await town.release()
    await town.until(ready)

    assert await made(town, "a", "b", "z", "demo", "last") == ["z", "a", "b", "demo", "last"]
    assert await town.find(town.ref("never", CONFIG_MAP)) is None
    (record,) = await town.records()
    phases = {one["name"]: section(one, "last_run").get("phase") for one in record.hooks}
    assert phases == dict.fromkeys(("a", "b", "z", "last"), "Succeeded") | {"never": ""}


async def test_hooks_are_no_objects_of_the_release(town: Town):
    await town.offer(
        archive({"templates/c.yaml": CONFIG, "templates/a.yaml": hook("a", "pre-install")})
    )
    await town.release()
    hr = await town.until(ready)

    live = await town.client.get(town.ref("a", CONFIG_MAP))
    assert "meta.helm.sh/release-name" not in str(live)
    assert section(hr, "status")["inventory"] == {
        "entries": [{"id": f"{town.namespace}_demo__ConfigMap", "v": "v1"}]
    }


async def test_a_hook_goes_when_it_says_so(town: Town):
    hooks = {
        "templates/a.yaml": hook("gone", "pre-install", policy="hook-succeeded"),
        "templates/b.yaml": hook("stays", "pre-install", policy="hook-failed"),
        "templates/d.yaml": hook("again", "pre-install,pre-upgrade"),
    }
    await town.offer(archive({"templates/c.yaml": CONFIG, **hooks}))
    await town.release()
    await town.until(ready)
    assert await town.find(town.ref("gone", CONFIG_MAP)) is None
    assert await town.find(town.ref("stays", CONFIG_MAP))
    first = await town.client.get(town.ref("again", CONFIG_MAP))

    await town.change(values={"colour": "blue"})
    await town.until(released(2))

    second = await town.client.get(town.ref("again", CONFIG_MAP))
    assert metadata(first)["uid"] != metadata(second)["uid"]


async def test_hooks_that_are_switched_off_are_not_run(town: Town):
    await town.offer(
        archive({"templates/c.yaml": CONFIG, "templates/a.yaml": hook("a", "pre-install")})
    )
    await town.release(install={"disableHooks": True})
    await town.until(ready)

    assert await town.find(town.ref("a", CONFIG_MAP)) is None


async def test_hooks_are_run_when_a_release_goes(town: Town):
    hooks = {
        "templates/a.yaml": hook("before", "pre-delete"),
        "templates/b.yaml": hook("after", "post-delete"),
    }
    await town.offer(archive({"templates/c.yaml": CONFIG, **hooks}))
    await town.release()
    await town.until(ready)

    await town.client.delete(town.ref())
    await town.until_gone(town.ref())

    assert await made(town, "before", "after") == ["before", "after"]
    assert await town.find(town.ref("demo", CONFIG_MAP)) is None


async def test_a_job_is_waited_for(mill: Town):
    chart = {
        "templates/c.yaml": CONFIG,
        "templates/a.yaml": job("work", "pre-install", "slow=300ms"),
    }
    await mill.offer(archive(chart))
    await mill.release()
    await mill.until(ready)

    done = await mill.client.get(mill.ref("work", JOB))
    assert text(condition(done, "Complete"), "status") == "True"
    (record,) = await mill.records()
    run = section(record.hooks[0], "last_run")
    assert run["phase"] == "Succeeded"
    assert text(run, "started_at") < text(run, "completed_at")


async def test_a_job_that_fails_fails_the_release_before_anything_else_is_there(mill: Town):
    chart = {"templates/c.yaml": CONFIG, "templates/a.yaml": job("work", "pre-install", "failed")}
    await mill.offer(archive(chart))
    await mill.release()

    hr = await mill.until(says("RetriesExceeded", of="Stalled"))

    message = text(condition(hr, "Ready"), "message")
    assert "pre-install hooks failed: hook Job work (demo/templates/a.yaml)" in message
    assert await mill.find(mill.ref("demo", CONFIG_MAP)) is None
    (record,) = await mill.records()
    assert (record.status, section(record.hooks[0], "last_run")["phase"]) == ("failed", "Failed")
    assert await mill.find(mill.ref("work", JOB))


async def test_a_hook_that_fails_goes_when_it_says_so_and_so_do_those_before_it(mill: Town):
    chart = {
        "templates/c.yaml": CONFIG,
        "templates/a.yaml": hook("first", "pre-install", -5, policy="hook-succeeded"),
        "templates/b.yaml": job("work", "pre-install", "failed", policy="hook-failed"),
    }
    await mill.offer(archive(chart))
    await mill.release()

    await mill.until(says("RetriesExceeded", of="Stalled"))

    assert await mill.find(mill.ref("work", JOB)) is None
    assert await mill.find(mill.ref("first", CONFIG_MAP)) is None


async def test_a_hook_that_takes_too_long_fails_the_release(mill: Town):
    chart = {"templates/c.yaml": CONFIG, "templates/a.yaml": job("work", "post-install", "pending")}
    await mill.offer(archive(chart))
    await mill.release(install={"timeout": "500ms"})

    hr = await mill.until(says("RetriesExceeded", of="Stalled"))

    message = text(condition(hr, "Ready"), "message")
    assert "post-install hooks failed" in message
    assert "timeout waiting for: [Job/mill/work" in message
    assert await mill.states() == [(1, "failed")]


async def test_an_upgrade_whose_hook_fails_is_rolled_back(mill: Town):
    work = job("work", "post-upgrade", "{{ .Values.fate }}")
    chart = {"values.yaml": "fate: ready\n", "templates/c.yaml": CONFIG, "templates/a.yaml": work}
    await mill.offer(archive(chart))
    await mill.release(upgrade={"remediation": {"retries": 1, "remediateLastFailure": True}})
    await mill.until(ready)

    await mill.change(values={"fate": "failed", "colour": "blue"})
    await mill.until(says("RetriesExceeded", of="Stalled"))

    live = await mill.client.get(mill.ref("demo", CONFIG_MAP))
    assert section(live, "data") == {"colour": "red"}


async def test_a_failing_test_is_told_and_counts(mill: Town):
    chart = {
        "templates/c.yaml": CONFIG,
        "templates/good.yaml": job("good", "test"),
        "templates/bad.yaml": job("worse", "test", "failed"),
    }
    await mill.offer(archive(chart))
    await mill.release(test={"enable": True})

    hr = await mill.until(says("RetriesExceeded", of="Stalled"))

    assert text(condition(hr, "TestSuccess"), "reason") == "TestFailed"
    assert text(condition(hr, "Ready"), "reason") == "TestFailed"
    assert text(condition(hr, "Released"), "status") == "True"
    hooks = section(hr, "status")["history"][0]["testHooks"]
    assert {name: one["phase"] for name, one in hooks.items()} == {
        "good": "Succeeded",
        "worse": "Failed",
    }
    assert section(hr, "status")["installFailures"] == 1


@pytest.mark.parametrize(
    "test",
    [
        {"ignoreFailures": True},
        {"filters": [{"name": "good"}]},
        {"filters": [{"name": "worse", "exclude": True}]},
    ],
    ids=["failures do not count", "only the good one", "all but the bad one"],
)
async def test_a_failing_test_need_not_count(mill: Town, test: dict[str, object]):
    chart = {
        "templates/c.yaml": CONFIG,
        "templates/good.yaml": job("good", "test"),
        "templates/bad.yaml": job("worse", "test", "failed"),
    }
    await mill.offer(archive(chart))
    await mill.release(test={"enable": True, **test})

    hr = await mill.until(lambda hr: ready(hr) and "testHooks" in str(section(hr, "status")))

    assert not condition(hr, "Stalled")


async def test_objects_are_waited_for_unless_that_is_switched_off(mill: Town):
    work = job("work", "none", "pending").replace("helm.sh/hook: 'none', ", "")
    await mill.offer(archive({"templates/a.yaml": work}))
    await mill.release(install={"timeout": "500ms"})
    hr = await mill.until(says("RetriesExceeded", of="Stalled"))
    assert "timeout waiting for: [Job/mill/work" in text(condition(hr, "Ready"), "message")

    await mill.release("other", releaseName="other", install={"disableWait": True})
    await mill.until(ready, "other")
