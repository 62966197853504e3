from __future__ import annotations

import pytest

from kustomize.folded_text import refolded


@pytest.mark.parametrize(
    ("text", "expect"),
    [
        ("", ""),
        ("one", "one"),
        ("one\n", "one\n"),
        ("one\ntwo\n", "one\ntwo\n"),
        ("one\n  deeper\ntwo\n", "one\n\n  deeper\ntwo\n"),
        ("one\n\n", "one\n\n\n"),
        ("\none\ntwo\n", "\none\ntwo\n"),
        (" one\ntwo\n", " one\ntwo\n"),
        ("one \ntwo\n", "one \ntwo\n"),
        ("\U0001f4a5\n\n", "\U0001f4a5\n\n"),
    ],
)
def test_what_a_folded_text_is_after_it_was_written_and_read(text: str, expect: str) -> None:
    assert refolded(text) == expect
