"""Owners of whose objects nothing has become since all of them were gone through."""

from __future__ import annotations

from datetime import timedelta

import pytest

from shared.manifest.identity import Kind
from shared.operation.calm import Calm, Calms
from shared.reconcile.key import Key
from tests.fake.clock import ManualClock

POD = Kind("", "v1", "Pod")
OWNER = Key("apps", "web")


class Scene:
    def __init__(self) -> None:
        self.clock = ManualClock()
        self.seen = True
        self.calms = Calms(self.clock, lambda _: self.seen)

    def gone_through(self, *, meanwhile: bool = False) -> None:
        self.calms.begin(OWNER)
        if meanwhile:
            self.calms.stir(OWNER)
        calm = Calm("this", 3, frozenset({POD}), self.clock.monotonic() + 60)
        self.calms.rest(OWNER, calm)


@pytest.fixture
def scene() -> Scene:
    return Scene()


def test_who_was_gone_through_rests_while_the_same_is_wanted(scene: Scene) -> None:
    scene.gone_through()

    assert scene.calms.objects(OWNER, "this") == 3
    assert scene.calms.objects(OWNER, "that") == 0
    assert scene.calms.objects(Key("apps", "other"), "this") == 0
    assert scene.calms.kinds(OWNER) == {POD}


def test_what_becomes_of_an_object_ends_the_rest(scene: Scene) -> None:
    scene.gone_through()

    scene.calms.stir(OWNER)

    assert (scene.calms.objects(OWNER, "this"), scene.calms.kinds(OWNER)) == (0, frozenset())


def test_who_was_stirred_while_it_was_gone_through_does_not_rest(scene: Scene) -> None:
    scene.gone_through(meanwhile=True)

    assert scene.calms.objects(OWNER, "this") == 0


def test_nobody_rests_unseen(scene: Scene) -> None:
    scene.gone_through()

    scene.seen = False

    assert scene.calms.objects(OWNER, "this") == 0


def test_a_rest_ends(scene: Scene) -> None:
    scene.gone_through()

    scene.clock.advance(timedelta(seconds=60))

    assert scene.calms.objects(OWNER, "this") == 0


def test_all_rest_can_be_dropped(scene: Scene) -> None:
    scene.gone_through()

    scene.calms.drop()

    assert scene.calms.objects(OWNER, "this") == 0
