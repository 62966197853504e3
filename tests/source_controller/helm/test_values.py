from __future__ import annotations

import pytest

from source_controller.helm.problem import ValuesProblem
from source_controller.helm.values import defaults_of, merged_files, values_of

FILES = {
    "a.yaml": b"x: {w: 1, z: [1, 2]}\nkept: true\n",
    "b.yaml": b"x: {w: 2, z: [3]}\nnone: null\n",
    "empty.yaml": b"# nothing\n",
    "list.yaml": b"- a\n",
    "text.yaml": b"a\n",
    "torn.yaml": b"a: [\n",
    "odd.yaml": b"on: yes\n1: 0o17\nbig: 12345678901234567890\nfloat: 1e3\n",
    "nan.yaml": b"a: [{b: .nan}]\n",
    "two.yaml": b"a: 1\n---\na: 2\n",
}


def read(file: str):
    return values_of(FILES[file], file) if file in FILES else None


def test_the_last_file_wins_mappings_are_joined_and_lists_are_not():
    made = merged_files(["a.yaml", "b.yaml"], read, ignore_missing=False)

    assert made.text == b"kept: true\nnone: null\nx:\n  w: 2\n  z:\n  - 3\n"
    assert made.files == ("a.yaml", "b.yaml")


def test_values_are_those_of_yaml_as_go_reads_it():
    made = merged_files(["odd.yaml"], read, ignore_missing=False)

    assert made.text == b'"1": 15\nbig: 12345678901234567890\nfloat: 1000\n"true": true\n'


def test_of_a_values_file_the_first_document_counts_of_a_chart_s_own_all_do():
    assert values_of(FILES["two.yaml"], "two.yaml") == {"a": 1}
    assert defaults_of(FILES["two.yaml"]) == {"a": 2}


@pytest.mark.parametrize(
    ("file", "why"),
    [
        ("gone.yaml", r"no values file found at path 'gone.yaml'"),
        ("list.yaml", "unmarshaling values from 'list.yaml' failed: it is no mapping"),
        ("text.yaml", "it is no mapping"),
        ("torn.yaml", "unmarshaling values from 'torn.yaml' failed: torn.yaml"),
        ("nan.yaml", "infinite or none"),
    ],
)
def test_what_holds_no_values_is_named(file, why):
    with pytest.raises(ValuesProblem, match=why):
        merged_files(["a.yaml", file], read, ignore_missing=False)


def test_what_is_missing_can_be_left_out():
    made = merged_files(["gone.yaml", "a.yaml"], read, ignore_missing=True)

    assert made.files == ("a.yaml",)


@pytest.mark.parametrize("files", [["empty.yaml"], ["gone.yaml"], []])
def test_of_nothing_comes_an_empty_file(files):
    assert merged_files(files, read, ignore_missing=True).text == b""


@pytest.mark.parametrize("text", [b"a: [", b"- a", b"a: 1\n---\n- b\n", b"a: .inf"])
def test_a_chart_whose_own_values_cannot_be_read_is_none(text):
    with pytest.raises(ValuesProblem, match=r"cannot load values.yaml"):
        defaults_of(text)
