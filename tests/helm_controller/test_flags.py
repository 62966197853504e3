"""What the flags of this controller change, on both servers."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Protocol

import pytest

from shared.manifest.identity import section, text
from shared.manifest.verdict import condition
from tests.fake.shelf import Shelf
from tests.helm_controller.cases import archive
from tests.helm_controller.town import CONFIG_MAP, Town, handled, inhabited, ready, released, says
from tests.servers import ApiServer

pytestmark = pytest.mark.slow

CONFIG = """apiVersion: v1
kind: ConfigMap
metadata: {name: demo}
data: {colour: {{ .Values.colour | default "red" | quote }}}
"""
CHART = {"templates/a.yaml": CONFIG}


class Opened(Protocol):
    """Opens the town with a controller that has flags."""

    def __call__(self, **flags: object) -> AbstractAsyncContextManager[Town]: ...


@pytest.fixture
async def opened(api_server: ApiServer, namespace: str, shelf: Shelf) -> AsyncIterator[Opened]:
    async with api_server.client() as client:
        yield lambda **flags: inhabited(client, namespace, shelf, **flags)


async def digests(town: Town, revision: int = 1) -> set[str]:
    """What the checksums in the status were made by, once a revision is ready."""
    hr = await town.until(released(revision))
    status = section(hr, "status")
    snapshot = status["history"][0]  # type: ignore[index]
    found = [
        snapshot["digest"],
        snapshot["configDigest"],
        status["lastAttemptedConfigDigest"],
        status["observedCommonMetadataDigest"],
    ]
    return {str(one).partition(":")[0] for one in found}


async def test_checksums_are_made_by_the_algorithm_that_is_asked_for(opened: Opened):
    async with opened(snapshot_digest_algo="sha512") as town:
        await town.offer(archive(CHART))
        await town.release(values={"colour": "blue"}, commonMetadata={"labels": {"a": "b"}})
        assert await digests(town) == {"sha512"}


async def test_another_algorithm_is_no_reason_to_release_anything(opened: Opened):
    async with opened(snapshot_digest_algo="sha384") as town:
        await town.offer(archive(CHART))
        await town.release(values={"colour": "blue"}, commonMetadata={"labels": {"a": "b"}})
        assert await digests(town) == {"sha384"}

    async with opened() as town:
        await town.ask("again")
        await town.until(handled("again"))
        assert await town.states() == [(1, "deployed")]
        await town.change(values={"colour": "green"})
        assert await digests(town, 2) == {"sha256"}
        assert await town.states() == [(1, "superseded"), (2, "deployed")]


@pytest.mark.parametrize("mode", ["enabled", "warn"])
async def test_what_an_overridden_manager_has_added_is_drift(opened: Opened, mode: str):
    async with opened(override_manager=("kubectl",)) as town:
        await town.offer(archive(CHART))
        await town.release(driftDetection={"mode": mode})
        await town.until(ready)

        for manager, key in (("kubectl-edit", "added"), ("somebody", "kept")):
            patch = {"data": {key: "x"}}
            await town.client.patch(town.ref("demo", CONFIG_MAP), patch, manager=manager)

        if mode == "warn":
            hr = await town.until(says("DriftDetected", of="Drifted"))
            assert "ConfigMap" in text(condition(hr, "Drifted"), "message")
            live = await town.client.get(town.ref("demo", CONFIG_MAP))
            assert section(live, "data") == {"colour": "red", "added": "x", "kept": "x"}
            return
        await town.until(
            lambda live: section(live, "data") == {"colour": "red", "kept": "x"},
            "demo",
            CONFIG_MAP,
        )
        assert await town.states() == [(1, "deployed")]


async def test_names_of_hosts_are_looked_up_only_where_that_is_allowed(opened: Opened):
    asks = CONFIG.replace('.Values.colour | default "red"', 'getHostByName "localhost"')
    for gates, seen in (("", ""), ("AllowDNSLookups=true", "127.0.0.1")):
        async with opened(feature_gates=gates) as town:
            await town.offer(archive({"templates/a.yaml": asks}))
            await town.release()
            await town.until(ready)
            live = await town.client.get(town.ref("demo", CONFIG_MAP))
            assert section(live, "data")["colour"] in {seen, seen and "::1"}, gates
            await town.client.delete(town.ref())
            await town.until_gone(town.ref())


async def test_a_process_that_runs_out_of_memory_ends_and_the_next_goes_on(
    opened: Opened, tmp_path: Path
):
    most, used = tmp_path / "max", tmp_path / "current"
    most.write_text("1000")
    used.write_text("100")
    watch = {
        "feature_gates": "OOMWatch=true",
        "oom_watch_max_memory_path": str(most),
        "oom_watch_current_memory_path": str(used),
    }

    async def fill() -> None:
        async with opened(**watch) as town:
            await town.offer(archive(CHART))
            await town.release()
            await town.until(ready)
            used.write_text("950")
            async with asyncio.timeout(20):
                await town.ended.wait()

    with pytest.raises(ExceptionGroup, match="unhandled") as ended:
        await fill()
    assert "--oom-watch-memory-threshold" in str(ended.value.exceptions[0])

    async with opened() as town:
        await town.change(values={"colour": "blue"})
        await town.until(released(2))
