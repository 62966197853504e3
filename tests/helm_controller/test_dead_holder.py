"""Releases that somebody has begun something with, and died: they are found, and gone on with."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from helm_controller.release_record import Record, secret_of
from shared.manifest.identity import section, text
from tests.helm_controller.cases import archive
from tests.helm_controller.town import CONFIG_MAP, Town, ready, released

pytestmark = pytest.mark.slow
CONFIG = """apiVersion: v1
kind: ConfigMap
metadata: {name: demo}
data: {colour: red}
"""
BEGAN = "2026-01-02T03:04:05Z"


async def leave(town: Town, record: Record, revision: int, status: str) -> None:
    """Somebody begins something with a release, and dies."""
    left = record.with_status(status, "begun")
    info = {**left.info, "last_deployed": BEGAN}
    left = replace(left, release={**left.release, "version": revision, "info": info})
    now = datetime(2026, 1, 2, tzinfo=UTC)
    await town.client.create(secret_of(left, town.namespace, created=now), manager="helm")


@pytest.mark.parametrize("status", ["pending-upgrade", "pending-rollback", "uninstalling"])
async def test_who_has_died_is_found_when_the_time_is_up_and_told(town: Town, status: str):
    await town.offer(archive({"templates/a.yaml": CONFIG}))
    await town.release(timeout="1s")
    await town.until(ready)
    (record,) = await town.records()

    await leave(town, record, 2, status)

    hr = await town.until(released(3))
    assert await town.states() == [(1, "superseded"), (2, "failed"), (3, "deployed")]
    assert text((await town.records())[1].info, "description") == (
        f"Release unlocked from stale '{status}' state: begun by helm at {BEGAN}, and not ended"
    )
    assert await town.messages("PendingRelease") == [
        f"Unlocked Helm release {town.namespace}/demo.v2 with chart demo@1.0.0 in {status} state: "
        f"begun by helm at {BEGAN}, and not ended"
    ]
    assert "failures" not in section(hr, "status")


async def test_an_installation_that_nobody_ended_is_gone_on_with(town: Town):
    await town.offer(archive({"templates/a.yaml": CONFIG}))
    await town.release()
    await town.until(ready)
    (record,) = await town.records()
    await town.change(suspend=True)
    await town.client.delete(town.secret(record.key))
    await leave(town, record, 1, "pending-install")
    await town.client.delete(town.ref("demo", CONFIG_MAP))

    await town.change(suspend=False)

    await town.until(released(2))
    assert await town.states() == [(1, "superseded"), (2, "deployed")]
    assert await town.find(town.ref("demo", CONFIG_MAP))
