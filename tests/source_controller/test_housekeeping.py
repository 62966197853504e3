from __future__ import annotations

import asyncio
from collections.abc import Collection

import pytest

from shared.manifest.identity import Manifest
from source_controller.housekeeping import EVERY, Housekeeping
from tests.fake.clock import ManualClock

OBJECTS: list[Manifest] = [
    {"metadata": {"namespace": "a"}, "spec": {"url": "https://x/1", "secretRef": {"name": "s"}}},
    {"metadata": {"namespace": "b"}, "spec": {"url": "https://x/2"}},
    {},
]


class Cluster:
    synced = True

    def all(self) -> list[Manifest]:
        return OBJECTS

    def is_synced(self) -> bool:
        return self.synced


class Mirrors:
    def __init__(self) -> None:
        self.swept: list[Collection[tuple[str, str]]] = []

    def sweep(self, used: Collection[tuple[str, str]]) -> int:
        self.swept.append(used)
        if len(self.swept) == 2:
            raise asyncio.CancelledError
        return 0


async def test_mirrors_in_use_are_kept_and_the_rest_is_swept_now_and_then():
    clock, mirrors = ManualClock(), Mirrors()

    with pytest.raises(asyncio.CancelledError):
        await Housekeeping(Cluster(), mirrors, clock).run()

    assert mirrors.swept[0] == {("https://x/1", "a/s"), ("https://x/2", ""), ("", "")}
    assert clock.monotonic() == 2 * EVERY.total_seconds()


async def test_as_long_as_not_all_objects_are_known_nothing_is_swept():
    cluster, mirrors = Cluster(), Mirrors()
    cluster.synced = False

    class Patience(ManualClock):
        async def sleep(self, duration):
            if self.monotonic() > 10 * EVERY.total_seconds():
                raise asyncio.CancelledError
            await super().sleep(duration)

    with pytest.raises(asyncio.CancelledError):
        await Housekeeping(cluster, mirrors, Patience()).run()

    assert mirrors.swept == []
