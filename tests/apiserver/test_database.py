"""The file in which a cluster is kept."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from apiserver.database import Database, DatabaseError, Entry

SHELF = ("", "configmaps")
KEY = ("default", "a")


def entry(revision: int, kind: str = "MODIFIED", previous: int | None = None) -> Entry:
    return Entry(revision, kind, SHELF, KEY, previous, b'{"data":{"at":"%d"}}' % revision)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "cluster.sqlite"


def test_what_was_written_is_there_when_it_is_opened_again(path: Path):
    database = Database(path)
    database.write([entry(2, "ADDED"), entry(3, previous=2)])
    database.close()

    again = Database(path)

    assert list(again.entries()) == [entry(2, "ADDED"), entry(3, previous=2)]
    assert (again.revision, again.floor) == (3, 0)
    again.close()


def test_compaction_keeps_the_state_and_the_history_after_it(path: Path):
    database = Database(path)
    writes = [entry(2, "ADDED"), entry(3, previous=2), entry(4, previous=3), entry(5, previous=4)]
    database.write(writes)

    database.compact(4)

    assert list(database.entries()) == [entry(4), entry(5, previous=4)]
    assert (database.revision, database.floor) == (5, 4)
    database.close()


def test_compaction_forgets_what_was_deleted_and_the_revisions_go_on(path: Path):
    database = Database(path)
    database.write([entry(2, "ADDED"), entry(3, "DELETED", previous=2)])

    database.compact(3)

    assert list(database.entries()) == []
    assert database.revision == 3
    database.close()


def test_a_kind_that_is_gone_is_forgotten(path: Path):
    database = Database(path)
    database.write([entry(2, "ADDED")])

    database.drop(SHELF)

    assert list(database.entries()) == []
    assert database.revision == 2
    database.close()


def test_a_second_process_is_refused(path: Path):
    database = Database(path)
    database.write([entry(2, "ADDED")])

    with pytest.raises(DatabaseError, match="another process has it open"):
        Database(path)

    database.close()


def test_a_file_of_a_later_version_is_left_alone(path: Path):
    file = sqlite3.connect(path)
    file.execute("PRAGMA user_version = 9")
    file.close()

    with pytest.raises(DatabaseError, match="it is of version 9, and this program reads up to 1"):
        Database(path)


def test_a_file_of_something_else_is_refused(path: Path):
    path.write_bytes(b"not a database, but long enough to look like one" * 100)

    with pytest.raises(DatabaseError, match="not a database"):
        Database(path)


def test_nobody_else_can_read_it(path: Path):
    database = Database(path)
    database.write([entry(2, "ADDED")])

    modes = {each.stat().st_mode & 0o777 for each in path.parent.iterdir()}

    assert modes == {0o600}
    database.close()


def test_writes_that_cannot_be_kept_are_kept_none_of(path: Path):
    database = Database(path)

    with pytest.raises(DatabaseError):
        database.write([entry(2, "ADDED"), entry(2, "ADDED")])

    assert list(database.entries()) == []
    database.close()
