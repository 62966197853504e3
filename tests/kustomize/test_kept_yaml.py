"""YAML in texts, written again with what it looked like."""

from __future__ import annotations

import pytest

from kustomize.kept_yaml import Misfit, rewritten
from kustomize.scalar import RESOURCE
from shared.manifest.composition import documents


def again(text: str) -> str:
    [document] = documents(text.encode(), path="x", rules=RESOURCE)
    return rewritten(text, document.value)


@pytest.mark.parametrize(
    "text",
    [
        "a: 1\nb:\n  c: text # behind\n  d: 'one'\n  e: \"two\"",
        "# first\na: 1\n# second\n# third\nb: 2",
        "l:\n- a: 1\n  b: 2\n- x\n- - y\n  - z",
        "f: {a: 1, b: [x, 'y']}\ng: []\nh: {}",
        "t: |\n  line\n  other\nu: |-\n  line\n  x",
        "n: 0x1F\no: 1.50\np: True\nq: ~",
        "a: 1\n# at the end",
        "- a\n- b",
    ],
)
def test_what_looks_like_kustomize_wrote_it_stays(text: str) -> None:
    assert again(text) == text


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("a:\n    b: 1\n", "a:\n  b: 1"),
        ("l:\n  - a: 1\n    b: 2\n", "l:\n- a: 1\n  b: 2"),
        ("m: {\n  a: 1,\n}\n", "m: {a: 1}"),
        ("a: 1\n\n\nb: 2\n\n", "a: 1\nb: 2"),
    ],
)
def test_the_layout_is_kustomize_s(text: str, wanted: str) -> None:
    assert again(text) == wanted


def test_other_values_take_the_quotes_of_those_before() -> None:
    text = "a: 'x'\nb: \"x\"\nc: x\nd: 5\n"
    value = {"a": "it's", "b": 'say "x"', "c": "yes", "d": Misfit("h", 5), "new": "v"}

    assert rewritten(text, value) == (
        "a: 'it''s'\nb: \"say \\\"x\\\"\"\nc: yes\nd: !!int h\nnew: v"
    )
