from __future__ import annotations

import pytest

from shared.artifact.path import above


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
