"""Steps of a field path: canonical texts, and how conflicts print them."""

from __future__ import annotations

import pytest

from apiserver.path_element import (
    field_element,
    field_name,
    key_element,
    order_of,
    parse_element,
    path_text,
    value_element,
)


@pytest.mark.parametrize(
    ("stored", "canonical"),
    [
        ("f:spec", "f:spec"),
        ("f:a.b/c", "f:a.b/c"),
        ('k:{"protocol":"TCP", "port":80}', 'k:{"port":80,"protocol":"TCP"}'),
        ('k:{"port":80.0}', 'k:{"port":80}'),
        ('v: "a"', 'v:"a"'),
        ("v:1.5", "v:1.5"),
        ("v:true", "v:true"),
        ("i:007", "i:7"),
        ("q:later", None),
    ],
)
def test_a_stored_step_becomes_canonical(stored: str, canonical: str | None) -> None:
    assert parse_element(stored) == canonical


@pytest.mark.parametrize("bad", ["", "f", "spec", "k:[]", "v:", "i:x"])
def test_what_is_no_step_is_refused(bad: str) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        parse_element(bad)


def test_the_order_of_keys_does_not_matter() -> None:
    assert key_element({"b": 1, "a": "x"}) == key_element({"a": "x", "b": 1})


def test_characters_that_matter_to_html_are_escaped_as_go_does() -> None:
    assert value_element("a<b&c>") == 'v:"a\\u003cb\\u0026c\\u003e"'


def test_true_is_not_one() -> None:
    assert value_element(True) != value_element(1)
    assert value_element(1.0) == value_element(1)


def test_only_a_field_has_a_name() -> None:
    assert field_name(field_element("spec")) == "spec"
    assert field_name(value_element("spec")) is None


@pytest.mark.parametrize(
    ("path", "text"),
    [
        (("f:spec", "f:replicas"), ".spec.replicas"),
        (("f:ports", 'k:{"port":80,"protocol":"TCP"}'), '.ports[port=80,protocol="TCP"]'),
        (("f:tags", 'v:"a"'), '.tags[="a"]'),
        (("f:sizes", "v:1.5"), ".sizes[=1.5]"),
        (("f:list", "i:3", "f:x"), ".list[3].x"),
    ],
)
def test_a_path_is_printed_as_in_a_conflict(path: tuple[str, ...], text: str) -> None:
    assert path_text(path) == text


def test_values_of_several_kinds_have_an_order() -> None:
    texts = ["v:true", 'v:"b"', "v:10", "v:2", "v:null", 'v:"B"']

    assert sorted(texts, key=order_of) == ["v:2", "v:10", 'v:"B"', 'v:"b"', "v:true", "v:null"]
