from __future__ import annotations

import io
import tarfile

import pytest

from shared.git.tree import File
from source_controller.content import LONGEST_IGNORE_FILE, pack
from source_controller.ignore import IgnoreError


class Files:
    """A commit's files, in memory; a name that ends in `*` may be run."""

    def __init__(self, **files: bytes) -> None:
        self._files = {
            path.replace("__", "/").replace("_DOT_", "."): c for path, c in files.items()
        }
        self.read_paths: list[str] = []

    def listing(self) -> list[File]:
        return [File(p.rstrip("*"), p.endswith("*"), p.encode()) for p in reversed(self._files)]

    def read(self, file: File) -> bytes:
        self.read_paths.append(file.path)
        return self._files[file.blob.decode()]


def packed(files: Files, ignore: str | None = None) -> dict[str, int]:
    sink = io.BytesIO()
    pack(files, ignore, sink)
    sink.seek(0)
    with tarfile.open(fileobj=sink) as archive:
        return {member.name: member.mode for member in archive.getmembers()}


def test_files_and_directories_are_packed_in_the_order_of_a_walk():
    assert list(packed(Files(b=b"", a__z=b"", a__b__c=b"", a_DOT_x=b""))) == [
        ".", "a", "a/b", "a/b/c", "a/z", "a.x", "b",
    ]  # fmt: skip


def test_what_may_be_run_stays_so():
    assert packed(Files(**{"run*": b"", "a": b""})) == {".": 0o750, "a": 0o600, "run": 0o700}


def test_a_directory_stays_though_all_that_was_in_it_is_left_out():
    assert list(packed(Files(images__a_DOT_png=b"", a=b""))) == [".", "a", "images"]


def test_an_ignored_directory_is_left_out_but_for_what_is_taken_back():
    files = Files(dir__a=b"", dir__keep=b"", x=b"")

    assert list(packed(files, "dir/\n!dir/keep")) == [".", "dir", "dir/keep", "x"]
    assert list(packed(files, "dir/")) == [".", "x"]


def test_what_is_left_out_is_not_even_read():
    files = Files(a=b"", b=b"")

    packed(files, "b")

    assert files.read_paths == ["a"]


def test_the_rules_of_the_repository_count():
    files = Files(_DOT_sourceignore=b"*.md", dir___DOT_sourceignore=b"x", a_DOT_md=b"", dir__x=b"")

    assert list(packed(files)) == [".", ".sourceignore", "dir", "dir/.sourceignore"]


def test_rules_that_are_too_long_are_refused():
    with pytest.raises(IgnoreError, match="is larger than"):
        packed(Files(_DOT_sourceignore=b"#" * (LONGEST_IGNORE_FILE + 1)))
