"""Bodies are measured before anyone works on them."""

from __future__ import annotations

import pytest

from apiserver.body import MAX_DEPTH, media_type, parse, parse_object
from apiserver.refusal import Refusal


def nested(depth: int) -> bytes:
    return b'{"a":' * depth + b"1" + b"}" * depth


def test_a_body_of_an_ordinary_depth_is_read():
    assert parse(b'{"a": {"b": [1]}}', "application/json") == {"a": {"b": [1]}}


@pytest.mark.parametrize("depth", [MAX_DEPTH + 1, 900, 100_000])
def test_a_body_that_is_nested_too_deeply_is_refused(depth: int):
    with pytest.raises(Refusal) as refusal:
        parse(nested(depth), "application/json")

    assert refusal.value.code == 400


def test_aliases_that_explode_are_refused():
    first = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]"
    more = [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 9)]

    with pytest.raises(Refusal, match="holds more than"):
        parse("\n".join([first, *more]).encode(), "application/yaml")


def test_what_is_no_object_is_refused():
    with pytest.raises(Refusal, match="is not an object"):
        parse_object(b"[1]", "application/json")


def test_another_form_is_refused():
    with pytest.raises(Refusal) as refusal:
        parse_object(b"<p>", "text/html")

    assert refusal.value.code == 415


def test_a_media_type_has_no_parameters():
    assert media_type("Application/JSON; charset=utf-8") == "application/json"
