"""Acting as somebody else."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest
from multidict import CIMultiDict, CIMultiDictProxy

from apiserver.access.attribute import Attributes
from apiserver.access.identity import User
from apiserver.access.impersonation import impersonated, wanted
from apiserver.access.policy import Decision, Holdings
from apiserver.refusal import Refusal

ABOUT = Attributes("get", "", "v1", "pods", namespace="team")


@dataclass
class Some:
    """An authoriser that lets do what it lists, and remembers what it was asked."""

    allowed: set[str]
    asked: list[str] = field(default_factory=list)

    def decide(self, user: User, about: Attributes) -> Decision:
        """Whether it is listed."""
        what = f"{about.whole_resource}:{about.name}"
        self.asked.append(what)
        return Decision(what in self.allowed)

    def holdings(self, user: User, namespace: str) -> Holdings:
        """Nobody asks."""
        return Holdings(())


def headers(*pairs: tuple[str, str]) -> CIMultiDictProxy[str]:
    return CIMultiDictProxy(CIMultiDict(pairs))


def test_headers_say_who():
    given = [("User", "zoe"), ("Group", "a"), ("group", "b"), ("Uid", "7")]
    given += [("Extra-Scopes%2Ex", "one"), ("Extra-scopes.x", "two")]

    user = wanted(headers(*((f"Impersonate-{key}", value) for key, value in given)))

    assert user == User("zoe", ("a", "b"), "7", {"scopes.x": ("one", "two")})


def test_without_headers_everybody_is_themselves():
    assert wanted(headers(("Accept", "*/*"))) is None


@pytest.mark.parametrize("header", ["Impersonate-Group", "Impersonate-Uid", "Impersonate-Extra-a"])
def test_a_group_without_a_user_is_refused(header: str):
    with pytest.raises(Refusal, match="without impersonating a user name") as told:
        wanted(headers((header, "x")))

    assert told.value.code == 400


@pytest.mark.parametrize(
    ("other", "rights"),
    [
        (User("zoe"), ["users:zoe"]),
        (User("zoe", ("a", "b")), ["users:zoe", "groups:a", "groups:b"]),
        (User("system:serviceaccount:team:robot"), ["serviceaccounts:robot"]),
        (User("zoe", (), "7", {"k": ("v",)}), ["users:zoe", "uids:7", "userextras/k:v"]),
    ],
)
def test_every_part_of_somebody_needs_its_right(other: User, rights: list[str]):
    everything = Some(set(rights))

    impersonated(User("ann"), other, ABOUT, everything)

    assert everything.asked == rights
    for right in rights:
        with pytest.raises(Refusal, match="cannot impersonate-on:"):
            impersonated(User("ann"), other, ABOUT, Some(set(rights) - {right}))


def test_an_account_has_its_groups_unless_others_are_named():
    robot = User("system:serviceaccount:team:robot")
    may = Some({"serviceaccounts:robot", "groups:mine"})

    usual = impersonated(User("ann"), robot, ABOUT, may)
    named = impersonated(User("ann"), User(robot.name, ("mine",)), ABOUT, may)

    everybody = "system:authenticated"
    groups = ("system:serviceaccounts", "system:serviceaccounts:team", everybody)
    assert usual.groups == groups
    assert named.groups == ("mine", everybody)
