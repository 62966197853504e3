"""The `helm` command and our controller at the same release, in turns: each goes on with what the
other has left."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from shared.manifest.identity import section, text
from shared.manifest.verdict import condition
from tests.fake.shelf import Shelf
from tests.helm_controller.cases import archive
from tests.helm_controller.town import CONFIG_MAP, Town, inhabited, ready, released
from tests.peers import peer
from tests.servers import ApiServer

pytestmark = pytest.mark.slow

CHART = {
    "values.yaml": "colour: red\n",
    "templates/a.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: demo}\n"
    "data: {colour: {{ .Values.colour | quote }}, by: {{ .Release.Revision | quote }}}\n",
    "templates/hook.yaml": "apiVersion: v1\nkind: ConfigMap\n"
    "metadata: {name: hook, annotations: {helm.sh/hook: 'pre-upgrade,test'}}\n",
    "templates/NOTES.txt": "Thanks for {{ .Values.colour }}",
}


@dataclass(frozen=True, slots=True)
class Table:
    """Where the two play: our town, and the command with its chart."""

    town: Town
    binary: Path
    place: tuple[str, ...]
    home: Path

    async def helm(self, *arguments: str) -> str:
        """Run the command; what it says."""
        process = await asyncio.create_subprocess_exec(
            self.binary,
            *arguments,
            *self.place,
            stdout=-1,
            stderr=-1,
            cwd=self.home,
            env={"HOME": str(self.home), "PATH": "/usr/bin:/bin"},
        )
        out, said = await process.communicate()
        assert process.returncode == 0, said.decode()
        return out.decode()

    async def colour(self) -> str:
        live = await self.town.client.get(self.town.ref("demo", CONFIG_MAP))
        return text(section(live, "data"), "colour")


@pytest.fixture
async def table(
    api_server: ApiServer, namespace: str, shelf: Shelf, tmp_path: Path
) -> AsyncIterator[Table]:
    binary = peer("helm")
    (tmp_path / "demo.tgz").write_bytes(archive(CHART))
    place = ("--kubeconfig", str(api_server.kubeconfig), "--namespace", namespace)
    async with api_server.client() as client, inhabited(client, namespace, shelf) as town:
        await town.offer(archive(CHART))
        yield Table(town, binary, place, tmp_path)


async def test_helm_shows_our_release_as_its_own(table: Table):
    await table.town.release(values={"colour": "blue"})
    await table.town.until(ready)
    await table.town.change(values={"colour": "green"})
    await table.town.until(released(2))

    (listed,) = json.loads(await table.helm("list", "--output", "json"))
    history = json.loads(await table.helm("history", "demo", "--output", "json"))
    values = json.loads(await table.helm("get", "values", "demo", "--output", "json"))
    everything = await table.helm("get", "all", "demo")

    assert (listed["name"], listed["revision"], listed["status"], listed["chart"]) == (
        "demo",
        "2",
        "deployed",
        "demo-1.0.0",
    )
    assert [(one["revision"], one["status"], one["description"]) for one in history] == [
        (1, "superseded", "Install complete"),
        (2, "deployed", "Upgrade complete"),
    ]
    assert values == {"colour": "green"}
    assert "Thanks for green" in everything
    assert "# Source: demo/templates/hook.yaml" in everything


async def test_installed_here_upgraded_there_rolled_back_here_uninstalled_there(table: Table):
    town = table.town
    await town.release(values={"colour": "blue"})
    await town.until(ready)

    await table.helm("upgrade", "demo", "demo.tgz", "--set", "colour=yellow", "--force-conflicts")
    # Noticed at once, and taken back: what is asked for is blue.
    await town.until(released(3))
    assert await table.colour() == "blue"

    await table.helm("rollback", "demo", "2", "--force-conflicts")
    hr = await town.until(released(5))
    assert await table.colour() == "blue"
    assert text(condition(hr, "Ready"), "reason") == "UpgradeSucceeded"

    await table.helm("uninstall", "demo")
    await town.until(released(1))
    assert await table.colour() == "blue"


async def test_installed_there_taken_over_here_and_gone_on_with_there(table: Table):
    town = table.town
    await table.helm("install", "demo", "demo.tgz", "--set", "colour=yellow")

    await town.release(values={"colour": "blue"})
    await town.until(released(2))
    assert await table.colour() == "blue"
    assert await town.states() == [(1, "superseded"), (2, "deployed")]

    await town.change(suspend=True)
    await table.helm("rollback", "demo", "1", "--force-conflicts")
    assert await table.colour() == "yellow"
    await town.change(suspend=False)
    await town.until(released(4))
    assert await table.colour() == "blue"


async def test_tests_of_ours_are_run_there_and_that_changes_nothing(table: Table):
    town = table.town
    await town.release()
    await town.until(ready)

    await table.helm("test", "demo")
    await town.ask("now")
    await town.until(lambda hr: section(hr, "status").get("lastHandledReconcileAt") == "now")

    assert await town.states() == [(1, "deployed")]


async def test_a_history_kept_there_is_installed_over_here(table: Table):
    town = table.town
    await table.helm("install", "demo", "demo.tgz")
    await table.helm("uninstall", "demo", "--keep-history")
    assert await town.states() == [(1, "uninstalled")]

    await town.release(install={"replace": True})
    await town.until(ready)

    assert await town.states() == [(1, "uninstalled"), (2, "deployed")]
    await town.change(suspend=True)
    await table.helm("uninstall", "demo")
    assert await town.states() == []


async def test_what_is_written_here_helm_would_have_written_alike(table: Table):
    await table.town.release("ours", releaseName="ours", values={"colour": "blue"})
    await table.town.until(ready, "ours")
    (ours,) = await table.town.records("ours")
    await table.town.change("ours", suspend=True)
    await table.helm("uninstall", "ours")
    await table.helm("install", "theirs", "demo.tgz", "--set", "colour=blue")
    (theirs,) = await table.town.records("theirs")

    assert ours.release.keys() == theirs.release.keys()
    mine, its = section(ours.release, "chart"), section(theirs.release, "chart")
    for part in ("metadata", "values", "lock", "schema"):
        assert mine[part] == its[part], part
    for part in ("templates", "files"):
        assert plain(mine[part]) == plain(its[part]), part
    assert section(ours.release, "config") == section(theirs.release, "config")
    assert ours.info.keys() == theirs.info.keys()
    assert [sorted(hook) for hook in ours.hooks] == [sorted(hook) for hook in theirs.hooks]


def plain(files):
    """Files without the times at which they were changed."""
    return [{key: one[key] for key in ("name", "data")} for one in files or []]
