"""Variables in texts, against what Flux's own engine answered."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kustomize_controller.envsubst import Unset, substituted
from kustomize_controller.problem import KustomizationProblem

FOLDER = Path(__file__).parents[3] / "shared/conformance/envsubst"
RECORDED = json.loads(
    (Path(__file__).parents[1] / "data/kustomize_controller/envsubst.json").read_text()
)
BROKEN_BYTE = re.compile("[\udc80-\udcff]")
STRICT = {"expand": False, "strict": True}


def conformance() -> list[object]:
    if not FOLDER.exists():
        skip = pytest.mark.skip(reason="the answers of Flux's engine are not beside the checkout")
        return [pytest.param({}, marks=skip)]
    cases = []
    for path in sorted(FOLDER.glob("*.jsonl")):
        for number, line in enumerate(path.read_text().splitlines(), start=1):
            case = {"strict": STRICT.get(path.stem)} | json.loads(line)
            cases.append(pytest.param(case, id=f"{path.stem}-{number}"))
    return cases


@pytest.mark.parametrize("case", conformance())
def test_flux_answers_the_same(case) -> None:
    variables = {name: value.encode() for name, value in case["params"].items()}

    if "error" not in case:
        found = substituted(case["input"], variables, strict=case["strict"])
        assert found.decode(errors="replace") == case["output"]
        return
    with pytest.raises(KustomizationProblem) as refusal:
        substituted(case["input"], variables, strict=case["strict"])
    assert case["error"] in str(refusal.value)


@pytest.mark.parametrize(
    ("text", "expect"),
    [
        ("${a:-x${b}y}", b"xbeey"),
        ("${a:?why}", b"why"),
        ("${a:+x}", b"x"),
        ("${b:-2}", b"bee"),
        ("${b: 1}", b"bee"),
        ("${b:-1:2}", b"bee"),
        ("${b:${one}}", b"ee"),
        ("${b:5}", b""),
        ("${b//e}", None),
        ("${b//e/}", b"b"),
        ("${b/%e/}", b"bee"),
        ("${b/#b/B}", b"Bee"),
        ("${b/%e/E}", b"beE"),
        ("${b//${e}/x}", b"bxx"),
        ("${b^,}", b"bee"),
        ("${sharp^^}", "ß".encode()),
        ("${dot,,}", b"i"),
        ("${b##*e}", b""),
        ("${b#*e}", b"e"),
        ("${b%e*}", b"be"),
        ("${b%%e*}", b"b"),
        ("${b#?}", b"ee"),
        ("${b#[a-c]}", b"ee"),
        ("${b#[^a-c]}", b"bee"),
        ("${b#[}", b"bee"),
        ("${b:ä}", None),
        ("${b:", None),
        ("${b:}", None),
        ("${b#}", None),
        ("${#}", None),
        ("${#b^}", None),
        ("${b^x}", None),
        ("${b:1:2${one}}", None),
        ("${b:1:2:3}", b"bee"),
        ("${b/e//x}", b"bxe"),
        ("${a:=", None),
    ],
)
def test_the_corners_of_the_grammar(text: str, expect: bytes | None) -> None:
    variables = {
        "b": b"bee", "one": b"1", "e": b"e", "sharp": "ß".encode(), "dot": "İ".encode(),
    }  # fmt: skip

    if expect is not None:
        assert substituted(text, variables, strict=False) == expect
        return
    with pytest.raises(KustomizationProblem):
        substituted(text, variables, strict=False)


@pytest.mark.parametrize(("text", "expect"), RECORDED["answers"])
def test_values_are_cut_as_the_engine_of_flux_cuts_them(text: str, expect: str) -> None:
    variables = {name: value.encode() for name, value in RECORDED["variables"].items()}

    found = substituted(text, variables, strict=False).decode("utf-8", "surrogateescape")

    assert BROKEN_BYTE.sub("\ufffd", found) == expect


def test_a_value_is_not_looked_at_again() -> None:
    variables = {"a": b"${b} $$ ${", "b": b"no"}

    assert substituted("${a}", variables, strict=True) == b"${b} $$ ${"


def test_a_variable_that_is_missing_is_named_even_where_its_value_would_not_be_used() -> None:
    with pytest.raises(Unset) as refusal:
        substituted("${a:-${b}}", {"a": b"1"}, strict=True)

    assert refusal.value.name == "b"


MUCH = 1 << 20
HOSTILE = {
    "a value many times": ("${a}" * 10_000, {"a": b"x" * MUCH}),
    "nested without end": ("${a:-" * 100_000, {}),
    "replacing nothing": ("${a//${e}/${a}}", {"a": b"x" * MUCH}),
    "replacing each character": ("${a//x/${a}}", {"a": b"x" * MUCH}),
    "doubling": ("${a//x/${b}}" * 100, {"a": b"x" * 10_000, "b": b"x" * 10_000}),
    "a pattern as long as the value": ("${a##${b}}", {"a": b"a" * MUCH, "b": b"?" * MUCH}),
    "many patterns": ("${a%%*b}" * 10_000, {"a": b"a" * MUCH}),
}


@pytest.mark.slow
@pytest.mark.parametrize("name", HOSTILE)
def test_s05_too_much_work_is_refused(name: str) -> None:
    text, variables = HOSTILE[name]

    with pytest.raises(KustomizationProblem, match=r"nested more than|MiB of work"):
        substituted(text, variables, strict=False)


@pytest.mark.slow
@pytest.mark.parametrize(
    "text",
    ["$" * MUCH, "$$" * MUCH, "${a/" + "\\/" * MUCH + "/x}", "${a#" + "*a" * 1000 + "}"],
    ids=["dollars", "escapes", "escapes within", "stars"],
)
def test_s05_a_long_text_takes_no_longer_than_its_length(text: str) -> None:
    substituted(text, {"a": b"a" * 10_000}, strict=False)


@given(st.text(alphabet="${}ab:-/#%*?[]^\\,=+ä", max_size=30))
@settings(max_examples=300)
def test_any_text_is_filled_in_or_refused(text: str) -> None:
    message = ""
    try:
        substituted(text, {"a": b"x$a", "b": "ä".encode()}, strict=False)
    except KustomizationProblem as problem:
        message = str(problem)

    assert "x$a" not in message
