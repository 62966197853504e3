"""Rules: what they cover of others, and what is missing."""

from __future__ import annotations

import pytest

from apiserver.access.grant import Rule, missing, rules_of

ROOT = Rule(("*",), ("*",), ("*",))
READ = Rule(("get", "list"), ("",), ("pods", "configmaps"))
WEB = Rule(("get",), ("",), ("pods",), ("web",))
PODS = Rule(("get",), ("",), ("pods",))


@pytest.mark.parametrize(
    ("held", "wanted", "lacking"),
    [
        ([ROOT], [READ], []),
        ([READ], [READ], []),
        ([READ], [WEB], []),
        ([READ], [Rule(("delete",), ("",), ("pods",))], ["pods"]),
        ([READ], [Rule(("get",), ("apps",), ("pods",))], ["pods"]),
        ([READ], [Rule(("get",), ("",), ("pods/log",))], ["pods/log"]),
        ([READ], [ROOT], ["*"]),
        ([WEB], [PODS], ["pods"]),
        ([Rule(("get",), ("*",), ("*/scale",))], [Rule(("get",), ("apps",), ("x/scale",))], []),
        ([Rule(("get",), paths=("/a/*",))], [Rule(("get",), paths=("/a/b",))], []),
        ([Rule(("get",), ("",), ("pods",)), Rule(("list",), ("",), ("pods",))],
            [Rule(("get", "list"), ("",), ("pods",))], []),
    ],
)  # fmt: skip
def test_nobody_gives_what_they_do_not_hold(
    held: list[Rule], wanted: list[Rule], lacking: list[str]
):
    assert [each.resources[0] for each in missing(held, wanted)] == lacking


def test_what_is_missing_is_told_once_for_all_verbs():
    found = missing([], [Rule(("get", "list"), ("",), ("pods",))])

    assert [str(each) for each in found] == [
        '{APIGroups:[""], Resources:["pods"], Verbs:["get" "list"]}'
    ]


def test_a_role_without_rules_has_none():
    assert rules_of({}) == rules_of({"rules": None}) == ()
