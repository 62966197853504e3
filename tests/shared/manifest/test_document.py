"""Texts to manifests and back; what is told of texts that are none."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.manifest.document import CONFIGURATION, DocumentError, dump, parse

CONFIG_MAP = b"apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: cm\n"


def test_a_stream_is_a_list_of_objects_without_the_empty_ones() -> None:
    text = b"---\n# nothing\n---\na: 1\n---\n---\nb: 2\n...\n---\n"

    assert parse(text, path="x") == [{"a": 1}, {"b": 2}]
    assert parse(b"", path="x") == []


def test_json_is_yaml() -> None:
    text = b'{"a": {"b": [1, 2.5, "x\\u00e9", null, true]}}'

    assert parse(text, path="x") == [{"a": {"b": [1, 2.5, "x\u00e9", None, True]}}]


def test_two_readers_of_yaml_disagree_about_words() -> None:
    text = b"a: on\ny: 1\na: off\n"

    assert parse(b"a: on\n", path="x") == [{"a": "on"}]
    assert parse(text, path="x", rules=CONFIGURATION) == [{"a": False, "true": 1}]


@pytest.mark.parametrize("text", [b"text", b"- a\n- b", b"7", b"a: 1\n---\n[x]"])
def test_what_is_not_an_object_is_refused(text: bytes) -> None:
    with pytest.raises(DocumentError, match="is not an object"):
        parse(text, path="x")


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        (b"a: 1\nb: [\n", 3, "did not find expected node content"),
        (b"a: 1\nb: c: d\n", 2, "mapping values are not allowed"),
        (b"a: 1\n\tb: 2\n", 2, "found a tab character"),
        (b"a:\n  b: 1\n  c: 2\n  b: 3\n", 4, 'mapping key "b" already defined'),
        (b"data: {k: v, k: w}\n", 1, 'mapping key "k" already defined'),
        (b"a: *none\n", 1, "unknown anchor 'none'"),
        (b"x: &a\n  b: *a\n", 2, "unknown anchor 'a'"),
        (b"a: &x 1\nb: {<<: *x}\n", 2, "map merge requires map"),
        (b"1: a\n", 1, "mapping key 1 is not a string"),
        (b"true: a\n", 1, "mapping key true is not a string"),
        (b"{[a]: b}\n", 1, "a mapping key must be a string"),
        (b"a: !!int x\n", 1, "cannot decode `x` as a !!int"),
    ],
)
def test_an_error_says_where(text: bytes, line: int, message: str) -> None:
    with pytest.raises(DocumentError) as caught:
        parse(text, path="dir/file.yaml")

    assert message in str(caught.value)
    assert str(caught.value).startswith(f"dir/file.yaml:{line}: ")
    assert (caught.value.path, caught.value.line) == ("dir/file.yaml", line)


@pytest.mark.parametrize(
    "text",
    [
        b"!!python/object/apply:os.system ['id']",
        b"a: !!python/name:os.system x",
        b"a: !!python/object:x.Y {}",
        b"a: !!set {x}",
        b"a: !!omap [x: 1]",
    ],
)
def test_tags_that_make_more_than_data_are_refused(text: bytes) -> None:
    with pytest.raises(DocumentError, match="which is not allowed"):
        parse(text, path="x")


def test_tags_of_ones_own_say_that_it_is_a_text() -> None:
    text = b"a: !include x.yaml\nb: !Ref {c: 1}\nd: !foo '1'\ne: !foo 1\n"

    assert parse(text, path="x") == [{"a": "x.yaml", "b": {"c": 1}, "d": "1", "e": "1"}]


def test_tags_of_yaml_are_kept_to() -> None:
    text = b"a: !!str 5\nb: !!int '5'\nc: !!float 1\nd: !!binary aGk=\ne: !!null ''\n!!str 1: x\n"

    assert parse(text, path="x") == [{"a": "5", "b": 5, "c": 1.0, "d": "hi", "e": None, "1": "x"}]


@pytest.mark.parametrize(
    "text",
    [
        CONFIG_MAP.decode().encode("utf-16"),
        CONFIG_MAP.decode().encode("utf-32"),
        "a: \u00e9".encode("latin-1"),
        b"a: \xff\xfe",
        b'a: "\\ud800"',
        b"a: \0",
    ],
)
def test_other_encodings_are_refused(text: bytes) -> None:
    with pytest.raises(DocumentError):
        dump(parse(text, path="x"))


@pytest.mark.parametrize("text", [b"\xef\xbb\xbf" + CONFIG_MAP, CONFIG_MAP.replace(b"\n", b"\r\n")])
def test_a_byte_order_mark_and_the_line_ends_of_windows_are_fine(text: bytes) -> None:
    assert dump(parse(text, path="x")) == CONFIG_MAP


def test_nothing_is_printed_as_nothing() -> None:
    assert dump([]) == b""


def test_documents_are_parted_and_keys_sorted() -> None:
    assert dump([{"b": 1, "a": [{"d": {}, "c": []}]}, {"x": None}]) == (
        b"a:\n- c: []\n  d: {}\nb: 1\n---\nx: null\n"
    )


@pytest.mark.parametrize("value", ["\x7f", float("inf"), float("nan"), object(), "\ud800"])
def test_what_yaml_cannot_hold_is_refused(value: object) -> None:
    with pytest.raises(DocumentError):
        dump([{"a": value}])


def test_what_is_nested_without_end_is_refused() -> None:
    value: dict[str, object] = {}
    for _ in range(5000):
        value = {"a": value}

    with pytest.raises(DocumentError, match="nested too deep"):
        dump([value])


# Within a text, what YAML readers fold (NEL) or refuse (other controls) is another story.
TEXTS = st.text(
    st.characters(
        codec="utf-8",
        exclude_characters="\x85\ufffe\uffff",
        exclude_categories=("Cs", "Cn"),
    ).filter(lambda sign: not "\x7f" <= sign <= "\x9f"),
    max_size=60,
)
VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(1 << 63), (1 << 64) - 1)
    | st.floats(allow_nan=False, allow_infinity=False).filter(lambda x: not x.is_integer())
    | TEXTS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4),
    max_leaves=12,
)


@given(st.dictionaries(TEXTS, VALUES, min_size=1, max_size=4))
def test_what_is_printed_reads_back_as_it_was(manifest: dict[str, object]) -> None:
    assert parse(dump([manifest]), path="x") == [manifest]
