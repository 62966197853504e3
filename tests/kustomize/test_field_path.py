"""Paths with dots."""

from __future__ import annotations

import pytest

from kustomize.field_path import FRESH, found, matched, split, with_indices
from kustomize.problem import BuildError
from kustomize.scalar import MISSING

OBJECT = {"a": {"b.c": [{"n": "x", "v": 1}, {"n": "y", "v": 2}]}, "l": ["p", "q"], "t": "text"}


@pytest.mark.parametrize(
    ("path", "parts"),
    [
        ("a.b", ["a", "b"]),
        (r"a.b\.c.d", ["a", "b.c", "d"]),
        ("a.[b.c].d", ["a", "b.c", "d"]),
        ("a.[n=x.y].v", ["a", "[n=x.y]", "v"]),
        ("a.[=x].0.*", ["a", "[=x]", "0", "*"]),
        (".a", ["a"]),
    ],
)
def test_a_path_is_split(path: str, parts: list[str]) -> None:
    assert split(path) == parts


def test_vars_write_indices_behind_names() -> None:
    assert with_indices(["spec", "ports[0]", "[n=x]", "x]"]) == [
        "spec",
        "ports",
        "0",
        "[n=x]",
        "x]",
    ]


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (r"a.b\.c.[n=y].v", 2),
        (r"a.b\.c.0.n", "x"),
        (r"a.b\.c.-.n", "y"),
        ("l.[=q]", "q"),
        ("l.1", "q"),
        ("l.9", MISSING),
        ("none.x", MISSING),
    ],
)
def test_a_value_is_found(path: str, value: object) -> None:
    assert found(OBJECT, split(path)) is value or found(OBJECT, split(path)) == value


@pytest.mark.parametrize("path", ["l.name", "a.0", "t.x", "a.*", "l.[x]"])
def test_a_path_must_fit_what_it_meets(path: str) -> None:
    with pytest.raises(BuildError):
        found(OBJECT, split(path))


def places(node: object, path: str, make: object = MISSING) -> list[object]:
    holder = {"": node}
    slots = matched((holder, ""), split(path), make)
    return [slot[0][slot[1]] for slot in slots]


def test_all_places_are_matched() -> None:
    assert places(OBJECT, r"a.b\.c.*.v") == [1, 2]
    assert places(OBJECT, r"a.b\.c.[n=.*].v") == [1, 2]
    assert places(OBJECT, r"a.b\.c.[n=x].none") == []


def test_what_is_missing_is_made_if_wanted() -> None:
    node: dict[str, object] = {}

    assert places(node, "a.[n=x].b.0", FRESH) == [FRESH]
    assert node == {"a": [{"n": "x", "b": [FRESH]}]}
    with pytest.raises(BuildError, match="index 5 specified but only 1 elements found"):
        places(node, "a.5", FRESH)
