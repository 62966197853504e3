from __future__ import annotations

import pytest

from shared.git.error import GitError
from shared.git.tree import File
from source_controller.sparse import Sparse

PATHS = ("a", "apps/one/x", "apps/two", "apps2/y", "infra/z")


class Files:
    def listing(self) -> list[File]:
        return [File(path, False, path.encode()) for path in PATHS]

    def read(self, file: File) -> bytes:
        return file.blob


def listed(*directories: str) -> list[str]:
    return [file.path for file in Sparse(Files(), directories).listing()]


@pytest.mark.parametrize(
    ("directories", "expected"),
    [
        (("apps",), ["apps/one/x", "apps/two"]),
        (("./apps/one/",), ["apps/one/x"]),
        (("infra", "apps/one"), ["apps/one/x", "infra/z"]),
        (("apps/two",), ["apps/two"]),
        ((".",), list(PATHS)),
        (("/apps//one",), ["apps/one/x"]),
    ],
)
def test_only_what_is_in_the_directories_is_there(directories, expected):
    assert listed(*directories) == expected


@pytest.mark.parametrize("directory", ["app", "apps/three", "../apps", "a/b", "apps/one/x/y"])
def test_a_directory_that_is_not_there_is_named(directory):
    with pytest.raises(GitError, match=f"sparse checkout dir '{directory}' does not exist"):
        listed("infra", directory)


def test_files_are_read_as_they_are():
    files = Sparse(Files(), ("infra",))

    assert files.read(files.listing()[0]) == b"infra/z"
