"""What the watch shows of applied objects, and which of it is drift."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import pytest

from kustomize_controller.mark import MARKS, writer_of
from shared.manifest.identity import Kind, Manifest, Ref
from shared.operation.drift import Drifts
from shared.operation.memory import ApplyMemory
from shared.reconcile.key import Key
from shared.runtime.queue import Queue
from tests.fake.clock import ManualClock

APPS = Key("flux-system", "apps")
WEB = Ref("", "ConfigMap", "apps", "web")


@dataclass(slots=True)
class Watch:
    """The outlines of all kinds: those of one object, in fact. `blind`: they may not be listed;
    `namespace`: the only one that is watched; empty: all."""

    blind: bool = False
    namespace: str = ""
    live: Manifest | None = None
    listeners: list[Callable[[Manifest | None, Manifest | None], None]] = field(
        default_factory=list
    )

    def of(self, kind: Kind, *, metadata_only: bool = False, labels: str = "") -> Watch:
        return self

    def find(self, namespace: str, name: str) -> Manifest | None:
        return self.live

    def covers(self, namespace: str) -> bool:
        return self.namespace in {"", namespace}

    def is_synced(self) -> bool:
        return not self.blind

    async def level(self) -> None:
        """It is level."""

    def subscribe(self, listener: Callable[[Manifest | None, Manifest | None], None]) -> None:
        self.listeners.append(listener)

    def show(self, new: Manifest | None) -> None:
        """The object is like this now."""
        old, self.live = self.live, new
        for listener in self.listeners:
            listener(old, new)


def live(version: int, *, field: str = "f:data", uid: str = "1", **more: object) -> Manifest:
    """The object, with a field that is ours."""
    entry = {"manager": MARKS.manager, "operation": "Apply", "fieldsV1": {field: {}}}
    meta = {
        "name": "web", "namespace": "apps", "uid": uid, "resourceVersion": str(version),
        "managedFields": [entry], **more,
    }  # fmt: skip
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": meta}


WANTED: Manifest = {
    "apiVersion": "v1",
    "kind": "ConfigMap",
    "metadata": {"name": "web", "namespace": "apps", "labels": MARKS.owner_labels(APPS)},
}


@dataclass(frozen=True, slots=True)
class Desk:
    watch: Watch
    memory: ApplyMemory
    queue: Queue


@pytest.fixture
async def desk() -> Desk:
    """A memory that has applied the object at version 10, and whose watch has not shown that."""
    watch, queue, clock = Watch(live=live(9, field="f:old")), Queue(), ManualClock()
    drifts = Drifts(clock)
    drifts.heed(queue)
    memory = ApplyMemory(watch, clock, writer_of(), lambda: 0.5, drifts)
    memory.keep(WANTED, live(10))
    return Desk(watch, memory, queue)


SHOWN: dict[str, tuple[list[Manifest | None], bool]] = {
    "our own apply": ([live(10)], False),
    "what was before our apply, late": ([live(8, field="f:older"), live(10)], False),
    "a label of somebody's": ([live(10), live(11, labels={"theirs": "x"})], False),
    "a field of ours that moved": ([live(10), live(11, field="f:other")], True),
    "another object of its name": ([live(10), live(11, uid="2")], True),
    "one that is on its way out": (
        [live(10), live(11, field="f:other", deletionTimestamp="now")],
        False,
    ),
    "one that is gone": ([live(10), None], True),
}


@pytest.mark.parametrize("case", SHOWN)
async def test_what_the_watch_shows_is_drift_or_not(desk: Desk, case: str) -> None:
    shown, drift = SHOWN[case]

    for one in shown:
        desk.watch.show(one)

    assert (len(desk.queue) == 1) is drift


async def test_what_was_shown_before_the_answer_was_there_counts_too(desk: Desk) -> None:
    desk.memory.forget(WEB)
    desk.watch.show(live(12, field="f:other"))
    assert len(desk.queue) == 0

    desk.memory.keep(WANTED, live(11))

    assert len(desk.queue) == 1


async def test_what_we_write_or_delete_ourselves_is_no_drift(desk: Desk) -> None:
    desk.memory.forget(WEB)

    desk.watch.show(None)

    assert len(desk.queue) == 0


async def test_what_stays_moved_is_told_once(desk: Desk) -> None:
    desk.watch.show(live(11, field="f:other"))
    await desk.queue.take()
    desk.queue.done(APPS)

    desk.watch.show(live(12, field="f:other", labels={"theirs": "x"}))

    assert len(desk.queue) == 0


async def test_where_nothing_may_be_watched_everything_is_looked_at(desk: Desk) -> None:
    desk.watch.show(live(10))
    assert desk.memory.standing(WANTED) is not None

    desk.watch.blind = True

    assert desk.memory.standing(WANTED) is None
    assert desk.memory.known(WANTED) is None


@pytest.mark.parametrize(
    ("shown", "known", "around", "covered"),
    [
        (True, None, {}, True),
        (False, WANTED, {}, True),  # our label: it is shown in a moment
        (False, live(9), {}, False),  # nobody's label
        (False, None, {}, False),
        (False, WANTED, {"namespace": "elsewhere"}, False),
        (True, WANTED, {"blind": True}, False),
    ],
)
async def test_whose_changes_the_watch_shows(desk: Desk, shown, known, around, covered) -> None:
    desk.watch.live = live(9) if shown else None
    for name, value in around.items():
        setattr(desk.watch, name, value)

    assert desk.memory.covers(WEB, known) is covered


async def test_a_kind_that_nobody_watches_is_not_covered(desk: Desk) -> None:
    assert not desk.memory.covers(Ref("apps", "Deployment", "apps", "web"), WANTED)


async def test_dropping_all_that_is_remembered_is_allowed_at_any_moment(desk: Desk) -> None:
    desk.memory.drop()

    desk.watch.show(None)

    assert (len(desk.memory), desk.memory.manifests.bytes, len(desk.queue)) == (0, 0, 0)
