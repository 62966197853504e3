"""What a question takes along for others who follow the same remote."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from shared.git.credential import ANONYMOUS
from shared.git.following import ALONE, MOST, MOST_FOLLOWERS, Followers
from shared.git.listing import PLENTY, Asker, Call, Sent
from shared.git.location import parse

HOME = parse("https://git.example/apps")
NOW = 10.0
MAIN, STAGING, TAGS = "refs/heads/main", "refs/heads/staging", "refs/tags/"
CASES = json.loads((Path(__file__).parents[2] / "data/git/united.json").read_text())


def call(name: str, *prefixes: str, until: float = 100.0, holder: str = "") -> Call:
    whom = (HOME, replace(ANONYMOUS, holder=holder))
    return Call("mirror", whom, prefixes, Asker(name, 0.0, until), 0)


def following(*calls: Call) -> Followers:
    followers = Followers()
    for one in calls:
        followers.note(one)
    return followers


def learned(followers: Followers, sizes: dict[str, int]) -> None:
    refs = {f"{prefix}{number}": "x" for prefix in sizes for number in range(sizes[prefix])}
    followers.learn(call(""), Sent(tuple(sizes), 1, 0.0), refs)


@pytest.mark.parametrize("case", CASES, ids=[case["case"] for case in CASES])
def test_what_is_asked_for_in_one_question(case):
    until, holder = case.get("until", 100.0), case.get("credential", "")
    calls = [
        call(str(number), *prefixes, until=until, holder=holder)
        for number, prefixes in enumerate(case["followers"])
    ]
    followers = following(*calls, call("own", *case["own"]))
    learned(followers, case.get("sizes", {}))

    assert list(followers.united(call("own", *case["own"]), NOW)) == case["asked"]


def test_who_follows_another_reference_now_follows_the_old_one_no_more():
    followers = following(call("web", STAGING), call("web", TAGS))

    assert followers.united(call("own", MAIN), NOW) == (MAIN, TAGS)


def test_who_has_no_name_is_not_expected_again():
    assert following(call("", STAGING)).united(call("own", MAIN), NOW) == (MAIN,)


def test_a_question_does_not_grow_without_end_and_those_that_are_due_come_first():
    names = [f"refs/heads/{number:04}" for number in range(MOST + 50)]
    followers = following(*(call(name, name) for name in names))

    assert followers.united(call("own", MAIN), NOW) == (*names[: MOST - 1], MAIN)


def test_of_very_many_followers_those_that_were_heard_of_last_are_remembered():
    names = [f"refs/heads/{number:05}" for number in range(MOST_FOLLOWERS + 1)]
    followers = following(*(call(name, name) for name in names))

    assert names[0] not in followers.united(call("own", MAIN), NOW)


def test_what_has_become_little_is_taken_along_again():
    followers = following(call("tags", TAGS))
    learned(followers, {TAGS: PLENTY + 1})
    learned(followers, {TAGS: 2})

    assert followers.united(call("own", MAIN), NOW) == (MAIN, TAGS)


def test_after_a_question_that_was_too_much_each_asks_for_its_own_for_a_while():
    followers, own = following(call("staging", STAGING, until=1e9)), call("own", MAIN)
    followers.part(own, NOW)

    assert followers.united(own, NOW + ALONE - 1) == (MAIN,)
    assert followers.united(own, NOW + ALONE) == (MAIN, STAGING)
    followers.part(own, NOW)
    followers.unite(own)
    assert followers.united(own, NOW) == (MAIN, STAGING)


def test_with_the_mirror_its_followers_go():
    followers = following(call("staging", STAGING))
    followers.forget("mirror")

    assert followers.united(call("own", MAIN), NOW) == (MAIN,)
