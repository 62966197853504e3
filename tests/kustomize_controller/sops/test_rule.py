from __future__ import annotations

import pytest

from kustomize_controller.sops.metadata import parsed
from kustomize_controller.sops.rule import Rule


@pytest.mark.parametrize(
    ("said", "path", "covers"),
    [
        ({}, ("a",), True),
        ({}, ("a_unencrypted", "b"), False),
        ({"encrypted_suffix": "Data"}, ("stringData", "x"), True),
        ({"encrypted_suffix": "Data"}, ("kind",), False),
        ({"encrypted_regex": "^(data|stringData)$"}, ("data", "x"), True),
        ({"encrypted_regex": "^(data|stringData)$"}, ("metadata", "x"), False),
        ({"unencrypted_regex": "meta"}, ("metadata", "x"), False),
        ({"encrypted_comment_regex": "x"}, ("a",), False),
        ({"unencrypted_comment_regex": "x"}, ("a",), True),
    ],
)
def test_what_is_encrypted(said: dict[str, str], path: tuple[str, ...], covers: bool) -> None:
    assert Rule.of(parsed(said)).covers(path) == covers


def test_a_comment_decides_for_what_comes_after_it() -> None:
    rule = Rule.of(parsed({"encrypted_comment_regex": "sops:enc"}))

    with rule.comments() as outer:
        outer.append(" sops:enc")
        assert rule.covers(("a",))
        assert not rule.covers(("a",), comment=True)
        with rule.comments():
            assert rule.covers(("a", "b"))
        outer.clear()
        assert not rule.covers(("a",))
