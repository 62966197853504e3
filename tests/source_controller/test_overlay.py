from __future__ import annotations

import pytest

from shared.artifact.tarball import Entry
from shared.git.tree import File
from source_controller.overlay import Overlay, is_free


class Files:
    def listing(self) -> list[File]:
        return [File("a/b", False, b"below")]

    def read(self, file: File) -> bytes:
        return file.blob


def test_files_are_beside_one_another():
    files = Overlay(Files(), {"x/run": Entry("run", b"above", True)})

    found = [(file.path, file.executable, files.read(file)) for file in files.listing()]

    assert found == [("a/b", False, b"below"), ("x/run", True, b"above")]


@pytest.mark.parametrize(
    ("path", "expected"),
    [("a", False), ("a/b", False), ("a/b/c", False), ("a/c", True), ("ab", True)],
)
def test_a_place_is_free_where_nothing_is_at_it_or_in_its_way(path, expected):
    assert is_free(path, Files()) is expected
