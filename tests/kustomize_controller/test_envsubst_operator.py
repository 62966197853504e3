from __future__ import annotations

import pytest

from kustomize_controller.envsubst_operator import has_default, operation


@pytest.mark.parametrize(
    ("operator", "value", "arguments", "expect"),
    [
        ("", b"x", (), b"x"),
        (":-", b"", (b"a", b"b"), b"ab"),
        ("#", b"abc", (), b"3"),
        ("#", b"abc", (b"a",), b"bc"),
        ("^^", "straße".encode(), (), "STRAßE".encode()),
        (",,", "ΑΣ".encode(), (), "ας".replace("ς", "σ").encode()),
        ("^", b"\xffa", (), b"\xffa"),
        ("//", b"aa", (b"", b"-"), b"-a-a-"),
        (":", b"abc", (b"-2",), b"bc"),
        (":", b"abc", (b"-9", b"2"), b"ab"),
        (":", b"abc", (b"99999999999999999999999",), b"abc"),
        ("%", "für".encode(), (b"?",), "fü".encode()),
    ],
)
def test_what_an_operator_does(operator, value, arguments, expect) -> None:
    assert operation(operator)(value, arguments) == expect


def test_only_those_with_a_default_are_at_ease_without_a_value() -> None:
    assert [one for one in ("", "#", ":", ":-", "=", "^^", "//", ":?") if has_default(one)] == [
        ":-",
        "=",
        ":?",
    ]
