"""What becomes of releases that fail, that others touch, and that are to be something else."""

from __future__ import annotations

import base64
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from helm_controller.chart_source import HELM_CHART
from helm_controller.release_record import secret_of
from shared.manifest.identity import Kind, annotations_of, labels_of, metadata, section, text
from shared.manifest.verdict import condition
from tests.helm_controller.cases import archive
from tests.helm_controller.town import CONFIG_MAP, SECRET, Town, handled, ready, released, says

pytestmark = pytest.mark.slow
JOB = Kind("batch", "v1", "Job")
POD = Kind("", "v1", "Pod")

CONFIG = """apiVersion: v1
kind: ConfigMap
metadata: {name: {{ .Values.name | default "demo" }}}
data: {colour: {{ .Values.colour | quote }}}
"""
BROKEN = """{{ if eq .Values.colour "broken" }}
apiVersion: v1
kind: ConfigMap
metadata: {name: "No Name"}
{{ end }}
"""
CHART = {
    "values.yaml": "colour: red\n",
    "templates/a.yaml": CONFIG,
    "templates/broken.yaml": BROKEN,
}


async def test_a_failed_installation_is_given_up_without_retries(town: Town):
    await town.offer(archive(CHART))
    await town.release(values={"colour": "broken"})

    hr = await town.until(says("RetriesExceeded", of="Stalled"))

    status = section(hr, "status")
    assert text(condition(hr, "Ready"), "reason") == "InstallFailed"
    assert "No Name" in text(condition(hr, "Ready"), "message")
    assert text(condition(hr, "Stalled"), "message") == "Failed to install after 1 attempt(s)"
    assert (status["failures"], status["installFailures"]) == (1, 1)
    assert status["observedGeneration"] == metadata(hr)["generation"]
    assert await town.states() == [(1, "failed")]

    await town.change(values={"colour": "blue"})

    hr = await town.until(ready)
    assert await town.states() == [(1, "superseded"), (2, "deployed")]
    assert "failures" not in section(hr, "status")


async def test_a_failed_installation_is_uninstalled_and_tried_again(town: Town):
    await town.offer(archive(CHART))
    await town.release(values={"colour": "broken"}, install={"remediation": {"retries": 1}})

    hr = await town.until(says("RetriesExceeded", of="Stalled"))

    status = section(hr, "status")
    assert status["installFailures"] == 2
    assert await town.states() == [(1, "failed")]


async def test_a_failed_upgrade_is_rolled_back(town: Town):
    await town.offer(archive(CHART))
    await town.release(upgrade={"remediation": {"retries": 1}})
    await town.until(ready)

    await town.change(values={"colour": "broken"})
    hr = await town.until(says("RetriesExceeded", of="Stalled"))

    assert text(condition(hr, "Ready"), "reason") == "RollbackSucceeded"
    assert text(condition(hr, "Ready"), "status") == "False"
    assert text(condition(hr, "Remediated"), "status") == "True"
    assert (await town.client.get(town.ref("demo", CONFIG_MAP)))["data"] == {"colour": "red"}
    assert (await town.records())[-1].status == "deployed"
    assert section(hr, "status")["upgradeFailures"] == 2

    await town.change(values={"colour": "red"})
    await town.until(ready)
    assert (await town.client.get(town.ref("demo", CONFIG_MAP)))["data"] == {"colour": "red"}


async def test_a_failed_upgrade_is_uninstalled_and_installed_anew(town: Town):
    await town.offer(archive(CHART))
    await town.release(upgrade={"remediation": {"retries": 1, "strategy": "uninstall"}})
    await town.until(ready)

    await town.change(values={"colour": "broken"})
    hr = await town.until(says("RetriesExceeded", of="Stalled"))

    assert section(hr, "status")["installFailures"] == 1
    assert await town.states() == [(1, "failed")]


async def test_a_failed_upgrade_is_tried_again_after_a_while(town: Town):
    await town.offer(archive(CHART))
    strategy = {"name": "RetryOnFailure", "retryInterval": "1s"}
    await town.release(upgrade={"strategy": strategy})
    await town.until(ready)

    await town.change(values={"colour": "broken"})

    def waits(hr):
        again = section(hr, "status").get("upgradeFailures", 0) >= 2
        return again and text(condition(hr, "Reconciling"), "message") == "retrying after 1s"

    hr = await town.until(waits)

    assert not condition(hr, "Stalled")
    assert text(condition(hr, "Ready"), "reason") == "UpgradeFailed"


async def test_what_cannot_be_rendered_is_no_attempt(town: Town):
    chart = {**CHART, "templates/fail.yaml": '{{ fail "not like this" }}'}
    await town.offer(archive(chart))
    await town.release()

    hr = await town.until(says("InstallFailed"))

    assert "not like this" in text(condition(hr, "Ready"), "message")
    assert not condition(hr, "Stalled")
    assert "installFailures" not in section(hr, "status")
    assert await town.states() == []


async def test_a_release_that_somebody_left_half_done_is_gone_on_with(town: Town):
    await town.offer(archive(CHART))
    await town.release()
    await town.until(ready)
    (record,) = await town.records()
    await town.change(suspend=True)
    left = record.with_status("pending-upgrade", "Preparing upgrade")
    later = replace(left, release={**left.release, "version": 2})
    now = datetime(2026, 1, 2, tzinfo=UTC)
    await town.client.create(secret_of(later, town.namespace, created=now), manager="helm")

    await town.change(suspend=False)

    hr = await town.until(released(3))
    assert await town.states() == [(1, "superseded"), (2, "failed"), (3, "deployed")]
    descriptions = [text(one.info, "description") for one in await town.records()]
    assert descriptions[1].startswith("Release unlocked from stale 'pending-upgrade' state")
    assert text(condition(hr, "Released"), "reason") == "UpgradeSucceeded"


async def test_a_release_of_somebody_else_is_upgraded_over(town: Town):
    await town.offer(archive(CHART))
    await town.release()
    await town.until(ready)
    (record,) = await town.records()
    changed = record.with_status("deployed", "somebody was here")
    now = datetime(2026, 1, 2, tzinfo=UTC)
    await town.client.apply(secret_of(changed, town.namespace, modified=now), manager="helm")

    await town.ask("now")

    await town.until(released(2))
    assert await town.states() == [(1, "superseded"), (2, "deployed")]


async def test_a_release_in_sync_is_left_alone_unless_forced(town: Town):
    await town.offer(archive(CHART))
    await town.release()
    await town.until(ready)

    await town.ask("one")
    await town.until(handled("one"))
    assert await town.states() == [(1, "deployed")]

    await town.ask("two", forceAt="two")
    await town.until(released(2))
    await town.ask("three", forceAt="two")
    await town.until(handled("three"))
    assert await town.states() == [(1, "superseded"), (2, "deployed")]


async def test_another_name_is_another_release(town: Town):
    await town.offer(archive(CHART))
    await town.release()
    await town.until(ready)

    await town.change(releaseName="other")

    await town.until(ready)
    assert await town.states("demo") == []
    assert await town.states("other") == [(1, "deployed")]


async def test_tests_are_run_and_what_they_come_to_counts(town: Town):
    config = CONFIG.replace("demo", "checked").replace(
        "metadata: {", "metadata: {annotations: {helm.sh/hook: test, helm.sh/hook-weight: '-1'}, "
    )
    await town.offer(archive({**CHART, "templates/test.yaml": config}))
    await town.release(test={"enable": True})

    hr = await town.until(says("TestSucceeded", of="TestSuccess"))

    (snapshot, *_) = section(hr, "status")["history"]
    assert snapshot["testHooks"]["checked"]["phase"] == "Succeeded"
    assert "1 test hook completed successfully" in text(condition(hr, "TestSuccess"), "message")


async def test_the_values_of_a_release_come_from_everywhere(town: Town):
    await town.offer(archive(CHART))
    secret = {"tag": base64.b64encode(b"'7'").decode()}
    for kind, name, data in (
        ("ConfigMap", "values", {"values.yaml": "colour: green\nname: from\n"}),
        ("Secret", "tag", secret),
    ):
        meta = {"name": name, "namespace": town.namespace}
        await town.client.create(
            {"apiVersion": "v1", "kind": kind, "metadata": meta, "data": data}, manager="someone"
        )
    await town.release(
        values={"colour": "blue"},
        valuesFrom=[
            {"kind": "ConfigMap", "name": "values"},
            {"kind": "Secret", "name": "tag", "valuesKey": "tag", "targetPath": "deep.tag"},
            {"kind": "ConfigMap", "name": "missing", "optional": True},
        ],
    )

    await town.until(ready)

    (record,) = await town.records()
    assert record.release["config"] == {"colour": "blue", "name": "from", "deep": {"tag": "7"}}
    assert (await town.client.get(town.ref("from", CONFIG_MAP)))["data"] == {"colour": "blue"}


async def test_a_chart_that_is_asked_for_is_made_and_goes_with_the_release(town: Town):
    source = {"kind": "GitRepository", "name": "apps"}
    await town.release(chart={"spec": {"chart": "./demo", "sourceRef": source}})
    name = f"{town.namespace}-demo"

    hr = await town.until(says("SourceNotReady"))

    made = await town.client.get(town.ref(name, HELM_CHART))
    assert labels_of(made)["helm.toolkit.fluxcd.io/name"] == "demo"
    assert section(made, "spec") == {
        "chart": "./demo",
        "version": "*",
        "sourceRef": source,
        "interval": "1h0m0s",
        "reconcileStrategy": "ChartVersion",
    }
    assert section(hr, "status")["helmChart"] == f"{town.namespace}/{name}"

    await town.client.delete(town.ref())
    await town.until_gone(town.ref())
    assert await town.find(town.ref(name, HELM_CHART)) is None
    # That a chart has not been fetched for the first time yet is the usual course of things.
    assert await town.messages("HelmChartDeleted")
    assert "SourceNotReady" not in await town.reasons()


async def test_a_history_that_is_kept_can_be_installed_over(town: Town):
    await town.offer(archive(CHART))
    await town.release(uninstall={"keepHistory": True}, install={"replace": True})
    await town.until(ready)
    await town.client.delete(town.ref())
    await town.until_gone(town.ref())
    assert await town.states() == [(1, "uninstalled")]
    assert await town.find(town.ref("demo", CONFIG_MAP)) is None

    await town.release(install={"replace": True})
    await town.until(ready)

    assert await town.states() == [(1, "uninstalled"), (2, "deployed")]


async def test_objects_that_a_chart_has_no_more_go_unless_they_are_kept(town: Town):
    kept = CONFIG.replace("demo", "kept").replace(
        "metadata: {", "metadata: {annotations: {helm.sh/resource-policy: keep}, "
    )
    more = {"templates/b.yaml": CONFIG.replace("demo", "gone"), "templates/c.yaml": kept}
    await town.offer(archive({**CHART, **more}))
    await town.release()
    await town.until(ready)

    await town.offer(
        archive({**CHART, "Chart.yaml": "apiVersion: v2\nname: demo\nversion: 2.0.0"}), "2"
    )
    await town.until(released(2))

    assert await town.find(town.ref("gone", CONFIG_MAP)) is None
    assert annotations_of(await town.client.get(town.ref("kept", CONFIG_MAP)))
    secrets = await town.client.list(SECRET, namespace=town.namespace)
    assert len(secrets.items) >= 2
