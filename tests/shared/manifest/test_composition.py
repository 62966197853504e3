"""Limits of what is read: nothing that a text can do costs much."""

from __future__ import annotations

import pytest

from shared.manifest import composition
from shared.manifest.alias import MOST_COPIES, Anchors
from shared.manifest.composition import (
    DEEPEST,
    LARGEST_TEXT,
    MOST_DOCUMENTS,
    documents,
    pairs,
)
from shared.manifest.document_error import DocumentError
from shared.manifest.reading_rule import CONFIGURATION, MANIFEST, KeyRefused, json_key, string_key
from shared.manifest.resolution import resolved, resolved_old


def refused(text: bytes) -> str:
    with pytest.raises(DocumentError) as caught:
        documents(text, path="x")
    return str(caught.value)


@pytest.mark.parametrize("opening", [b"[", b'{"a":', b"- ", b"[{a: "])
def test_twenty_thousand_levels_end_at_the_limit(opening: bytes) -> None:
    assert "levels deep" in refused(opening * 20_000)


def test_what_is_just_deep_enough_is_read() -> None:
    assert documents(b"[" * DEEPEST + b"]" * DEEPEST, path="x")


def test_a_text_can_be_too_large() -> None:
    assert "bytes; " in refused(b"#" * (LARGEST_TEXT + 1))


@pytest.mark.slow
def test_there_can_be_too_many_documents() -> None:
    assert f"more than {MOST_DOCUMENTS}" in refused(b"--- a\n" * (MOST_DOCUMENTS + 1))


def test_nine_levels_of_aliases_stop_at_the_limit() -> None:
    lines = [b"a0: &a0 [x, x, x, x, x, x, x, x, x]"]
    lines += [b"a%d: &a%d [%s]" % (n, n, b", ".join([b"*a%d" % (n - 1)] * 9)) for n in range(1, 10)]

    assert f"more than {MOST_COPIES}" in refused(b"\n".join(lines))


def test_merges_and_long_texts_count_as_copies_too() -> None:
    long = b"a: &a {t: " + b"x" * 1_000_000 + b"}\n"
    merges = b"\n".join(b"m%d: {<<: *a}" % n for n in range(100))

    assert "aliases add more" in refused(long + merges)


def test_copies_share_nothing() -> None:
    [document] = documents(b"a: &x {b: [1]}\nc: *x\n", path="x")
    value = document.value
    assert isinstance(value, dict)

    value["a"]["b"].append(2)

    assert value["c"] == {"b": [1]}


def test_a_merge_gives_what_is_missing_and_the_first_of_several_counts() -> None:
    text = b"a: &a {p: 1, q: 1}\nb: &b {q: 2, r: 2}\nc: {<<: [*a, *b], p: 0}\n'<<': {d: 1}\n"

    [document] = documents(text, path="x")

    assert document.value == {
        "a": {"p": 1, "q": 1},
        "b": {"q": 2, "r": 2},
        "c": {"p": 0, "q": 1, "r": 2},
        "<<": {"d": 1},
    }


def test_aliases_may_be_keys() -> None:
    assert documents(b"a: &k name\n*k : 1\n", path="x")[0].value == {"a": "name", "name": 1}


def test_anchors_do_not_outlive_their_document() -> None:
    assert "unknown anchor" in refused(b"a: &x 1\n---\nb: *x\n")


def test_documents_know_their_lines() -> None:
    found = documents(b"# c\na: 1\n---\n\n\nb: 2\n", path="x")

    assert [document.line for document in found] == [2, 6]


def test_rules_tell_the_readers_apart() -> None:
    assert documents(b"{1: y}", path="x", rules=CONFIGURATION)[0].value == {"1": True}
    assert json_key("on", resolved_old) == "true"
    assert [json_key(text, resolved_old) for text in ("01", "0x1F", ".inf", "x")] == [
        "1", "31", ".inf", "x",
    ]  # fmt: skip
    with pytest.raises(KeyRefused, match="is null"):
        json_key("~", resolved_old)
    assert string_key("on", resolved) == "on"
    assert MANIFEST.unique
    with pytest.raises(KeyRefused):
        string_key("1", resolved)


def test_anchors_refuse_what_they_do_not_know() -> None:
    [start] = [event for event in [composition.events.AliasEvent("a")] if event]

    with pytest.raises(DocumentError, match="unknown anchor 'a'"):
        Anchors("x").copy_of(start)


def listed(text: bytes) -> list[tuple[tuple[str, ...], object]]:
    return [tuple(pair) for pair in pairs(text, path="x", rules=CONFIGURATION, within="entries")]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (b"", []),
        (b"a: 1\nentries:\n  b: [2]\n  c: {d: 3}\ne: f\n", [
            (("a",), 1), (("entries", "b"), [2]), (("entries", "c"), {"d": 3}), (("e",), "f"),
        ]),
        (b'{"entries": {"b": {"entries": {"c": 1}}}}', [
            (("entries", "b"), {"entries": {"c": 1}}),
        ]),
        (b"entries: null\n", [(("entries",), None)]),
        (b"a: &x [1]\nentries:\n  b: *x\n", [(("a",), [1]), (("entries", "b"), [1])]),
        (b"a: 1\n---\nb: 2\n", [(("a",), 1)]),
    ],
)  # fmt: skip
def test_a_mapping_can_be_read_pair_by_pair(text: bytes, expected: list[object]) -> None:
    assert listed(text) == expected


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (b"[a]", "is not an object"),
        (b"text", "is not an object"),
        (b"a: [", "yaml: line 2"),
        (b"<<: {a: 1}", "merges another mapping"),
        (b"a: b\xff", "byte 4 is invalid"),
        (b"entries: {a: " + b"[" * 300, "levels deep"),
    ],
)
def test_pair_by_pair_the_same_is_refused(text: bytes, why: str) -> None:
    with pytest.raises(DocumentError, match=why):
        listed(text)
