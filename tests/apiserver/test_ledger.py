"""From memory to the disk: many writes, one trip, and nothing told before it is safe."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from apiserver.database import Database
from apiserver.ledger import Ledger
from apiserver.refusal import Refusal
from apiserver.storage import Storage

SHELF = ("", "configmaps")


class Counting(Database):
    """Counts its trips, and fails where it is told to."""

    trips = 0
    breaks = False

    def write(self, entries):
        self.trips += 1
        entries = list(entries)
        super().write([*entries, *entries] if self.breaks else entries)


def config_map(name: str) -> dict[str, object]:
    return {"metadata": {"namespace": "default", "name": name}}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "cluster.sqlite"


async def test_writes_that_come_together_share_a_trip(path: Path):
    database, storage = Counting(path), Storage()
    storage.journal = ledger = Ledger(database)

    async def write(number: int) -> None:
        storage.put(SHELF, config_map(f"a-{number}"))
        await ledger.settled()

    await asyncio.gather(*(write(number) for number in range(50)))

    assert database.trips == 1
    assert len(list(database.entries())) == 50
    await ledger.close()


async def test_a_restart_finds_the_objects_and_their_history(path: Path):
    storage = Storage()
    storage.journal = ledger = Ledger(Database(path))
    first = storage.put(SHELF, config_map("a"))
    storage.put(SHELF, config_map("b"))
    storage.remove(SHELF, first)
    await ledger.close()

    database, again, heard = Database(path), Storage(), []
    again.subscribe(lambda event: heard.append((event.type, event.now.key[1])))
    again.restore(database.entries(), database.revision, database.floor)

    assert [record.key[1] for record in again.shelf(SHELF).in_order("")] == ["b"]
    assert again.revision == storage.revision
    types = [event.type for event in again.shelf(SHELF).since(first.revision - 1)]
    assert types == ["ADDED", "ADDED", "DELETED"]
    assert heard == [("ADDED", "b")]
    database.close()


async def test_where_nothing_can_be_kept_nothing_is_answered(path: Path):
    database, storage = Counting(path), Storage()
    storage.journal = ledger = Ledger(database)
    database.breaks = True
    storage.put(SHELF, config_map("a"))

    with pytest.raises(Refusal, match="nothing can be kept"):
        await ledger.settled()
    with pytest.raises(Refusal, match="nothing can be kept"):
        await ledger.settled()

    await ledger.close()


async def test_compaction_makes_old_revisions_unknown_after_a_restart_too(path: Path):
    storage = Storage()
    storage.journal = ledger = Ledger(Database(path))
    storage.put(SHELF, config_map("a"))
    storage.put(SHELF, config_map("a"))
    storage.compact()
    await ledger.settled()
    await ledger.close()

    database = Database(path)

    assert database.floor == storage.revision
    assert len(list(database.entries())) == 1
    database.close()
