"""How values are laid out: blocks, lists, folding."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from shared.manifest.emission import emitted
from shared.manifest.key_order import ordered
from shared.manifest.scalar_text import key_text, number_text, one_line

TABLE = Path(__file__).parents[2] / "data/manifest/texts.yaml"
CASES = yaml.safe_load(TABLE.read_text())


@pytest.mark.parametrize("case", CASES, ids=lambda case: repr(case["value"]))
def test_a_string_is_printed_as_kustomize_prints_it(case: dict[str, str]) -> None:
    assert emitted({"k": case["value"]}) == f"k: {case['text']}\n"


def test_lists_stand_below_their_key_and_nest_on_one_line() -> None:
    value = {"a": [[1, [2]], {"b": [3], "c": {"d": "x"}}, [], {}, None]}

    assert emitted(value) == (
        "a:\n- - 1\n  - - 2\n- b:\n  - 3\n  c:\n    d: x\n- []\n- {}\n- null\n"
    )


def test_a_document_may_be_anything() -> None:
    assert emitted([1, "x"]) == "- 1\n- x\n"
    assert emitted("x") == "x\n"
    assert emitted({}) == "{}\n"


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("a" * 75 + " b c", "k: " + "a" * 75 + " b c\n"),
        ("a" * 78 + " b c", "k: " + "a" * 78 + "\n  b c\n"),
        ("a" * 78 + "  b c", "k: " + "a" * 78 + "  b\n  c\n"),
        ("a" * 200, "k: " + "a" * 200 + "\n"),
        ("# " + "a" * 78 + " b", "k: '# " + "a" * 78 + "\n  b'\n"),
        ("\t" + "a" * 78 + " b", 'k: "\\t' + "a" * 78 + '\n  b"\n'),
    ],
)
def test_long_strings_are_folded_behind_column_80(text: str, wanted: str) -> None:
    assert emitted({"k": text}) == wanted


def test_in_double_quotes_a_second_blank_is_kept_by_a_backslash() -> None:
    assert emitted({"k": "\t" + "a" * 78 + "  b"}) == 'k: "\\t' + "a" * 78 + '\n  \\ b"\n'


def test_keys_of_more_than_128_bytes_stand_behind_a_question_mark() -> None:
    assert key_text("a" * 128) == "a" * 128
    assert key_text("a" * 129) == "? " + "a" * 129 + "\n"
    assert emitted({"a" * 129: 1}) == "? " + "a" * 129 + "\n: 1\n"


@pytest.mark.parametrize(
    ("value", "text"),
    [(1234567.5, "1.2345675e+06"), (123456.5, "123456.5"), (0.0001, "0.0001"), (1e-05, "1e-05"),
     (1e21, "1e+21"), (0.00012345, "0.00012345"), (-2.5e-3, "-0.0025"), (1.5e300, "1.5e+300"),
     (18446744073709551615, "18446744073709551615"), (0.1, "0.1"), (12345.678, "12345.678")],
)  # fmt: skip
def test_numbers_are_printed_as_go_prints_them(value: float, text: str) -> None:
    assert number_text(value) == text


def test_control_characters_are_refused() -> None:
    with pytest.raises(ValueError, match="control characters are not allowed"):
        one_line("\x7f")


def test_keys_come_in_natural_order() -> None:
    keys = ("z", "B", "a", "a10", "a9", "10", "9", "_u", "a-b", "A", "ab", "", "a b", "-x", "é")

    assert ordered(keys) == (
        "", "-x", "_u", "9", "10", "A", "B", "a", "a b", "a-b", "a9", "a10", "ab", "z", "é",
    )  # fmt: skip
    assert ordered(("beta", "alpha")) == ("alpha", "beta")
    assert ordered(("a02", "a1", "a010")) == ("a1", "a02", "a010")
