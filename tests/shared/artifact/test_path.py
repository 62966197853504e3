from __future__ import annotations

import pytest

from shared.artifact.error import ArtifactError
from shared.artifact.path import above, checked


@pytest.mark.parametrize("path", ["a", "a/b", "..a/b..", "a b", "é", ".hidden", "-x"])
def test_ordinary_paths_are_fine(path):
    assert checked(path) == path


@pytest.mark.parametrize("path", ["", "/", "/a", "a/", "a//b", ".", "..", "a/..", "a\\b", "a\0"])
def test_paths_that_mean_something_else_are_not(path):
    with pytest.raises(ArtifactError, match="invalid name"):
        checked(path)


@pytest.mark.parametrize(
    ("path", "known", "found"),
    [
        ("a", (), []),
        ("a/b", (), ["a"]),
        ("a/b/c/d", (), ["a/b/c", "a/b", "a"]),
        ("a/b/c/d", ("a/b", "a"), ["a/b/c"]),
        ("a/b/c/d", ("a/b/c", "a/b", "a"), []),
    ],
)
def test_directories_above_a_path_are_found_up_to_one_that_is_known(path, known, found):
    assert above(path, known) == found
