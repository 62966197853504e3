"""The lines between the engine and a worker."""

from __future__ import annotations

import math
from pathlib import Path

import pytest

from helm_controller.number import Whole
from helm_controller.problem import HelmError
from helm_controller.rendering import (
    Definition,
    Document,
    Hook,
    Order,
    Rendering,
    answer_line,
    answer_of,
)

RENDERING = Rendering(
    documents=(Document("c/templates/a.yaml", "ConfigMap", "kind: ConfigMap\n"),),
    hooks=(Hook("c/templates/h.yaml", "Job", "h", "kind: Job\n", ("test",), 3, ("hook-failed",)),),
    definitions=(Definition("c/crds/a.yaml", "kind: X\n"),),
    notes="notes",
    metadata={"name": "c"},
    values={"a": [1, None]},
)


@pytest.mark.parametrize("chart", [b"\x1f\x8b\x08", Path("/charts/demo")])
def test_an_order_is_a_line_and_an_order_again(chart: bytes | Path):
    order = Order(chart, "r", "n", {"a": "line\nbreak"}, 3, api_versions=("apps/v1",))

    line = order.line()

    assert line.count(b"\n") == 1
    assert Order.of(line) == order


def test_values_that_json_does_not_know_are_refused():
    with pytest.raises(HelmError, match="no form in JSON"):
        Order(b"", "r", "n", {"a": math.nan}).line()


def test_only_numbers_that_stay_whole_have_no_dot_on_the_line():
    values = {"a": 1000000, "b": Whole(1000000), "c": [True, {"d": 0}], "e": 1.5}

    said = Order(b"", "r", "n", values).line()

    assert b'{"a": 1000000.0, "b": 1000000, "c": [true, {"d": 0.0}], "e": 1.5}' in said


def test_a_number_that_is_too_large_is_told():
    with pytest.raises(HelmError, match="no form in JSON"):
        Order(b"", "r", "n", {"a": 10**400}).line()


def test_an_answer_is_a_line_and_an_answer_again():
    assert answer_of(answer_line(RENDERING, memory=5)) == (RENDERING, 5)


def test_a_refusal_is_raised_where_it_arrives():
    with pytest.raises(HelmError, match="no such chart") as refused:
        answer_of(answer_line(HelmError("load", "no such chart"), memory=5))

    assert refused.value.stage == "load"


@pytest.mark.parametrize("line", [b"", b"[]\n", b'{"answer": {}}\n', b'{"answer": {"error": "x"}}'])
def test_what_is_no_answer_is_told(line: bytes):
    with pytest.raises(HelmError) as told:
        answer_of(line)

    assert told.value.stage == "engine"


def test_the_manifest_of_a_record_has_documents_with_their_sources():
    assert RENDERING.manifest == "---\n# Source: c/templates/a.yaml\nkind: ConfigMap\n\n"
