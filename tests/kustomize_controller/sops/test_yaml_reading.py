from __future__ import annotations

import pytest

from kustomize_controller.sops.value import Comment, Timestamp
from kustomize_controller.sops.yaml_reading import loaded


def shown(value: object) -> object:
    """Values with comments as texts."""
    if isinstance(value, dict):
        return [
            f"#{key.text}" if isinstance(key, Comment) else (key, shown(item))
            for key, item in value.items()
        ]
    if isinstance(value, list):
        return [f"#{item.text}" if isinstance(item, Comment) else shown(item) for item in value]
    return value


@pytest.mark.parametrize(
    ("text", "expect"),
    [
        ("# top\na: 1 # behind\n", ["# top", "# behind", ("a", 1)]),
        ("a:\n  b: 1\n  # inner\n# outer\nc: 2\n",
         [("a", [("b", 1), "# inner"]), "# outer", ("c", 2)]),
        ("a:\n  - x\n  # in the list\nb: 1\n", [("a", ["x", "# in the list"]), ("b", 1)]),
        ("a: |\n  # no comment\n  text\nb: 'x # y'\n",
         [("a", "# no comment\ntext\n"), ("b", "x # y")]),
        ("a: b#c\n", [("a", "b#c")]),
        ("a:\n# end\n", [("a", None), "# end"]),
        ("a: &x {b: 1}\nc: *x\n", [("a", [("b", 1)]), ("c", [("b", 1)])]),
    ],
)  # fmt: skip
def test_comments_are_entries_where_they_stand(text: str, expect: object) -> None:
    assert [shown(branch) for branch in loaded(text.encode())] == [expect]


def test_values_have_the_types_of_go() -> None:
    [found] = loaded(b"a: 0x10\nb: yes\nc: '5'\nd: 1e3\ne: ~\nf: 2001-12-14\ng: '2001-12-14'\n")

    assert list(found.values()) == [
        16, "yes", "5", 1000.0, None, "2001-12-14T00:00:00Z", "2001-12-14",
    ]  # fmt: skip
    assert isinstance(found["f"], Timestamp)
    assert not isinstance(found["g"], Timestamp)


def test_documents_are_kept_apart() -> None:
    assert loaded(b"a: 1\n---\nb: 2\n---\n") == [{"a": 1}, {"b": 2}, {}]
