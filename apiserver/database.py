"""The file in which a cluster is kept: one row a write, in SQLite.

A row says what an object became at one revision, so the rows are the state and the recent history
in one. Compaction drops what was overwritten before a floor. Only one process at a time has a file
open, and only one thread uses a `Database`.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

Rows = Sequence[tuple[object, ...]]

VERSION = 1
"""The version of the tables; a file of a later one is left alone."""

_SCHEMA = """
CREATE TABLE entry (
  revision INTEGER PRIMARY KEY,
  type TEXT NOT NULL,
  grp TEXT NOT NULL,
  plural TEXT NOT NULL,
  namespace TEXT NOT NULL,
  name TEXT NOT NULL,
  previous INTEGER,
  content BLOB NOT NULL
);
CREATE TABLE mark (name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;
INSERT INTO mark VALUES ('floor', 0), ('revision', 1);
PRAGMA user_version = 1;
"""
_SETTINGS = (
    # One process: a second one is refused, and nothing but memory is shared.
    "PRAGMA locking_mode = EXCLUSIVE",
    "PRAGMA auto_vacuum = INCREMENTAL",
    "PRAGMA journal_mode = WAL",
    # In WAL mode only FULL has a commit on the disk before it returns.
    "PRAGMA synchronous = FULL",
)


class DatabaseError(Exception):
    """The file cannot be used; the message names it and says why."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One write. `previous` is the revision that it replaced, `content` the object as JSON."""

    revision: int
    type: Literal["ADDED", "MODIFIED", "DELETED"]
    shelf: tuple[str, str]
    key: tuple[str, str]
    previous: int | None
    content: bytes


class Database:
    """One open file."""

    def __init__(self, path: Path) -> None:
        """Open or make it; its owner alone can read it. Raises DatabaseError, and OSError where it
        cannot be made."""
        self._path = path
        # SQLite gives its other files the rights of this one.
        path.touch(mode=0o600)
        try:
            self._file = sqlite3.connect(
                path, timeout=1, isolation_level=None, check_same_thread=False
            )
            self._begin()
        except sqlite3.Error as error:
            raise DatabaseError(f"{path}: {_why(error)}") from error

    def _begin(self) -> None:
        for each in _SETTINGS:
            self._file.execute(each)
        found = self._number("PRAGMA user_version")
        if found > VERSION:
            why = f"it is of version {found}, and this program reads up to {VERSION}"
            raise DatabaseError(f"{self._path}: {why}")
        if found == 0:
            self._file.executescript(f"BEGIN EXCLUSIVE;{_SCHEMA}COMMIT;")

    @property
    def floor(self) -> int:
        """The revision up to which the history was dropped."""
        return self._number("SELECT value FROM mark WHERE name = 'floor'")

    @property
    def revision(self) -> int:
        """The last revision that was written."""
        return self._number(
            "SELECT max(coalesce((SELECT max(revision) FROM entry), 0), value) FROM mark"
            " WHERE name = 'revision'"
        )

    def entries(self) -> Iterator[Entry]:
        """All writes that are kept, oldest first. Raises DatabaseError."""
        try:
            for row in self._file.execute("SELECT * FROM entry ORDER BY revision"):
                revision, kind, group, plural, namespace, name, previous, content = row
                shelf, key = (group, plural), (namespace, name)
                yield Entry(revision, kind, shelf, key, previous, content)
        except sqlite3.Error as error:
            raise DatabaseError(f"{self._path}: {_why(error)}") from error

    def write(self, entries: Iterable[Entry]) -> None:
        """Keep more writes: all or none; on the disk when this returns. Raises DatabaseError."""
        rows = [
            (each.revision, each.type, *each.shelf, *each.key, each.previous, each.content)
            for each in entries
        ]
        self._change([("INSERT INTO entry VALUES (?, ?, ?, ?, ?, ?, ?, ?)", rows)])

    def drop(self, shelf: tuple[str, str]) -> None:
        """Forget all about one kind. Raises DatabaseError."""
        keep = "UPDATE mark SET value = ? WHERE name = 'revision'"
        delete = "DELETE FROM entry WHERE grp = ? AND plural = ?"
        self._change([(keep, [(self.revision,)]), (delete, [shelf])])

    def compact(self, floor: int) -> None:
        """Drop what was overwritten or deleted up to a revision. Raises DatabaseError."""
        self._change(
            [
                ("UPDATE mark SET value = ? WHERE name = 'revision'", [(self.revision,)]),
                (
                    "DELETE FROM entry WHERE revision IN"
                    " (SELECT previous FROM entry WHERE revision <= ?)",
                    [(floor,)],
                ),
                ("DELETE FROM entry WHERE type = 'DELETED' AND revision <= ?", [(floor,)]),
                ("UPDATE entry SET previous = NULL WHERE revision <= ?", [(floor,)]),
                ("UPDATE mark SET value = ? WHERE name = 'floor'", [(floor,)]),
            ]
        )
        self._file.execute("PRAGMA incremental_vacuum")

    def close(self) -> None:
        """Let go of the file."""
        self._file.close()

    def size(self) -> int:
        """Bytes on the disk."""
        paths = (self._path, self._path.with_name(f"{self._path.name}-wal"))
        return sum(path.stat().st_size for path in paths if path.exists())

    def _number(self, query: str) -> int:
        return int(self._file.execute(query).fetchone()[0])

    def _change(self, statements: list[tuple[str, Rows]]) -> None:
        try:
            self._file.execute("BEGIN IMMEDIATE")
            for statement, rows in statements:
                self._file.executemany(statement, rows)
            self._file.execute("COMMIT")
        except sqlite3.Error as error:
            if self._file.in_transaction:
                self._file.execute("ROLLBACK")
            raise DatabaseError(f"{self._path}: {_why(error)}") from error


def _why(error: sqlite3.Error) -> str:
    if "locked" in str(error):
        return "another process has it open"
    return str(error)
