from __future__ import annotations

import fnmatch
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kustomize_controller.glob import parsed


@pytest.mark.parametrize(
    ("pattern", "text", "shortest", "longest"),
    [
        ("a", "abc", 1, 1),
        ("*", "abc", 1, 3),
        ("*b", "abcb", 2, 4),
        ("a*", "abc", 1, 3),
        ("a*c", "abcbc", 3, 5),
        ("**b*", "abcb", 2, 4),
        ("?", "abc", 1, 1),
        ("[a-b]?", "abc", 2, 2),
        ("[^a]", "abc", 0, 0),
        ("\\*", "*a", 1, 1),
        ("[*]", "*a", 1, 1),
        ("*/", "path/to/x", 5, 8),
        ("x", "abc", 0, 0),
        ("abcd", "abc", 0, 0),
        ("", "abc", 0, 0),
        ("*", "", 0, 0),
    ],
)
def test_how_much_of_a_text_fits(pattern, text, shortest, longest) -> None:
    glob = parsed(pattern)

    assert glob is not None
    assert glob.prefix(text, longest=False) == shortest
    assert glob.prefix(text, longest=True) == longest


@pytest.mark.parametrize("pattern", ["[", "[]", "[a", "[a-", "[-a]", "a[b-]", "\\", "x[^]", "[]a]"])
def test_a_malformed_pattern_is_none(pattern: str) -> None:
    assert parsed(pattern) is None


@given(st.text("ab*?", max_size=8), st.text("ab", max_size=12))
def test_it_is_what_trying_every_beginning_would_find(pattern: str, text: str) -> None:
    whole = re.compile(fnmatch.translate(pattern))
    fits = [end for end in range(1, len(text) + 1) if whole.match(text[:end])]
    glob = parsed(pattern)

    assert glob is not None
    assert glob.prefix(text, longest=False) == min(fits, default=0)
    assert glob.prefix(text, longest=True) == max(fits, default=0)
