import asyncio
from datetime import timedelta

import pytest

from shared.api.git_repository import GitRepository
from shared.api.parsing import parse
from shared.manifest.identity import Kind
from shared.problem import Problem
from shared.reconcile.failure import Retryable, Stalled, Waiting
from shared.reconcile.key import Key
from shared.reconcile.pace import Backoff
from shared.reconcile.settlement import Ready
from shared.runtime.queue import Queue
from shared.runtime.subject import Subject
from shared.runtime.worker import Pace, Surroundings, Worker
from tests.fake.clock import ManualClock
from tests.fake.register import FakeRegister

APPS = Key("flux-system", "apps")
FINALIZER = "finalizers.fluxcd.io"
READY = Ready("Succeeded", "stored")


class Story:
    """A reconciler that does what it is told to."""

    def __init__(self, does=READY, takes=timedelta(0)):
        self.does, self.takes, self.runs, self.finalized = does, takes, 0, 0

    async def reconcile(self, obj, attempt):
        self.runs += 1
        async with attempt.stage("Fetching", "GitOperationFailed", condition="FetchFailed"):
            await asyncio.sleep(self.takes.total_seconds())
            if isinstance(self.does, Problem):
                raise self.does
        if isinstance(self.does, Exception):
            raise self.does
        return self.does

    async def finalize(self, obj, attempt):
        self.finalized += 1
        if isinstance(self.does, Exception):
            raise self.does


def apps(*, spec=None, status=None, **meta):
    return {
        "apiVersion": "source.toolkit.fluxcd.io/v1",
        "kind": "GitRepository",
        "metadata": {
            "name": "apps",
            "namespace": "flux-system",
            "uid": "1",
            "generation": 3,
            "resourceVersion": "10",
            "finalizers": [FINALIZER],
            **meta,
        },
        "spec": {"url": "https://example.org/apps", "interval": "10m", **(spec or {})},
        "status": status or {"observedGeneration": -1},
    }


def worker(register, story, is_static=lambda obj: False):
    subject = Subject(
        kind=Kind("source.toolkit.fluxcd.io", "v1", "GitRepository"),
        parse=lambda manifest: parse(GitRepository, manifest),
        status_of=lambda obj: obj.status,
        reconciler=story,
        owned=frozenset({"Ready", "Reconciling", "Stalled", "FetchFailed"}),
        manager="gotk-source-controller",
        limit=lambda obj: timedelta(minutes=1),
        retry=lambda obj: None,
        is_static=is_static,
    )
    backoff = Backoff(timedelta(seconds=1), timedelta(minutes=15))
    pace = Pace(backoff, 5, lambda: 0.5)
    around = Surroundings(register, register, register, ManualClock(), pace)
    return Worker(subject, Queue(), around)


def conditions(register):
    status = register.objects[APPS]["status"]
    return {c["type"]: (c["status"], c["reason"], c["message"]) for c in status["conditions"]}


def again(work):
    """When the object comes up again, in seconds from now; None: never."""
    now = asyncio.get_running_loop().time()
    return next((round(when - now, 2) for _, when in work.queue.scheduled()), None)


async def test_a_ready_object_says_so_and_comes_up_again_after_its_interval():
    register = FakeRegister(apps())
    work = worker(register, Story())

    await work.attend(APPS)

    assert conditions(register) == {"Ready": ("True", "Succeeded", "stored")}
    assert register.objects[APPS]["status"]["observedGeneration"] == 3
    assert again(work) == 600


async def test_an_attempt_costs_one_status_write():
    register = FakeRegister(apps())

    await worker(register, Story()).attend(APPS)

    assert len(register.writes) == 1


async def test_saying_the_same_again_costs_no_write():
    register = FakeRegister(apps())
    work = worker(register, Story())
    await work.attend(APPS)
    register.writes.clear()

    await work.attend(APPS)

    assert register.writes == []


async def test_a_stage_that_lasts_is_written_down():
    register = FakeRegister(apps())
    story = Story(takes=timedelta(seconds=5))

    await worker(register, story).attend(APPS)

    assert [c["type"] for c in register.writes[0]["conditions"]] == ["Reconciling", "Ready"]
    assert register.writes[0]["conditions"][0]["message"] == "Fetching"
    assert len(register.writes) == 2


@pytest.mark.parametrize(
    ("does", "ready", "beside", "observed", "seconds"),
    [
        pytest.param(
            Problem("no route"), ("False", "GitOperationFailed", "no route"),
            {"FetchFailed", "Reconciling"}, -1, 1, id="a problem in a stage is retried",
        ),
        pytest.param(
            Retryable("Broken", "later"), ("False", "Broken", "later"),
            {"Reconciling"}, -1, 1, id="what may succeed later is retried",
        ),
        pytest.param(
            Stalled("URLInvalid", "no such"), ("False", "URLInvalid", "no such"),
            {"Stalled"}, 3, None, id="what cannot succeed is left alone",
        ),
        pytest.param(
            Waiting("DependencyNotReady", "db", timedelta(seconds=30)),
            ("False", "DependencyNotReady", "db"),
            {"Reconciling"}, -1, 30, id="what waits looks again soon",
        ),
        pytest.param(
            KeyError("x"),
            ("False", "InternalError", "this is a bug in the controller: KeyError('x')"),
            {"Reconciling"}, -1, 1, id="a bug is said to be one",
        ),
    ],
)  # fmt: skip
async def test_every_ending_is_written_on_the_object(does, ready, beside, observed, seconds):
    register = FakeRegister(apps())
    work = worker(register, Story(does))

    await work.attend(APPS)

    assert conditions(register)["Ready"] == ready
    assert set(conditions(register)) == {"Ready", *beside}
    assert register.objects[APPS]["status"].get("observedGeneration", -1) == observed
    assert again(work) == seconds


async def test_a_hanging_attempt_is_given_up_and_blamed_on_its_stage():
    register = FakeRegister(apps())

    await worker(register, Story(takes=timedelta(hours=1))).attend(APPS)

    assert conditions(register)["Ready"] == (
        "False", "GitOperationFailed", "gave up after 60s: Fetching",
    )  # fmt: skip


async def test_failures_back_off_and_a_success_resets_them():
    register = FakeRegister(apps())
    story = Story(Retryable("Broken", "later"))
    work = worker(register, story)
    delays = []
    for _ in range(3):
        await work.attend(APPS)
        delays.append(again(work))
        work.queue.forget(APPS)

    story.does = READY
    await work.attend(APPS)
    work.queue.forget(APPS)
    story.does = Retryable("Broken", "later")
    await work.attend(APPS)

    assert delays == [1, 2, 4]
    assert again(work) == 1


async def test_the_finalizer_comes_before_the_work():
    register = FakeRegister(apps(finalizers=[]))
    story = Story()

    await worker(register, story).attend(APPS)

    assert register.objects[APPS]["metadata"]["finalizers"] == [FINALIZER]
    assert story.runs == 1


async def test_a_suspended_object_is_left_as_it_is():
    register = FakeRegister(apps(spec={"suspend": True}))
    story = Story()
    work = worker(register, story)

    await work.attend(APPS)

    assert (story.runs, register.writes, again(work)) == (0, [], None)


async def test_a_request_counts_as_handled_even_while_suspended():
    asked = {"reconcile.fluxcd.io/requestedAt": "now"}
    register = FakeRegister(apps(spec={"suspend": True}, annotations=asked))

    await worker(register, Story()).attend(APPS)

    assert register.objects[APPS]["status"]["lastHandledReconcileAt"] == "now"


async def test_a_request_counts_as_handled_when_the_attempt_fails():
    asked = {"reconcile.fluxcd.io/requestedAt": "now"}
    register = FakeRegister(apps(annotations=asked))

    await worker(register, Story(Retryable("Broken", "later"))).attend(APPS)

    assert register.objects[APPS]["status"]["lastHandledReconcileAt"] == "now"


async def test_a_deleted_object_is_cleaned_up_and_let_go():
    register = FakeRegister(apps(deletionTimestamp="2026-01-01T00:00:00Z"))
    story = Story()

    await worker(register, story).attend(APPS)

    assert (story.finalized, story.runs, register.objects) == (1, 0, {})


async def test_what_cannot_be_cleaned_up_keeps_its_finalizer_and_is_tried_again():
    register = FakeRegister(apps(deletionTimestamp="2026-01-01T00:00:00Z"))
    work = worker(register, Story(Retryable("PruneFailed", "not gone")))

    await work.attend(APPS)

    assert conditions(register)["Ready"] == ("False", "PruneFailed", "not gone")
    assert again(work) == 1


async def test_somebody_elses_finalizer_is_not_our_business():
    register = FakeRegister(
        apps(deletionTimestamp="2026-01-01T00:00:00Z", finalizers=["example.org/theirs"])
    )
    story = Story()

    await worker(register, story).attend(APPS)

    assert story.finalized == 0
    assert APPS in register.objects


async def test_an_object_that_is_gone_is_forgotten():
    register = FakeRegister()
    work = worker(register, Story())
    work.queue.add_after(APPS, timedelta(minutes=1))

    await work.attend(APPS)

    assert register.forgotten == [APPS]
    assert again(work) is None


async def test_an_object_of_the_wrong_shape_is_stalled_and_keeps_what_it_said():
    artifact = {"url": "http://source/a.tar.gz"}
    register = FakeRegister(apps(spec={"suspend": "yes"}, status={"artifact": artifact}))

    await worker(register, Story()).attend(APPS)

    assert conditions(register)["Stalled"][1] == "InvalidSpec"
    assert conditions(register)["Ready"][2].startswith("spec.suspend: ")
    assert register.objects[APPS]["status"]["artifact"] == artifact


async def test_a_status_that_cannot_be_written_is_tried_again():
    register = FakeRegister(apps(), broken=True)
    work = worker(register, Story())

    await work.attend(APPS)

    assert again(work) == 1
    assert register.results == ["error"]


async def test_our_own_write_counts_before_the_cache_has_seen_it():
    register = FakeRegister(apps())
    register.shown = apps()
    work = worker(register, Story())
    await work.attend(APPS)
    register.writes.clear()

    await work.attend(APPS)

    assert register.writes == []


@pytest.mark.parametrize(
    ("does", "before", "severities"),
    [
        pytest.param(Retryable("Broken", "later"), "True", ["error"], id="a failure is told"),
        pytest.param(
            Waiting("DependencyNotReady", "db", timedelta(seconds=30)), "True", ["trace"],
            id="waiting alarms nobody",
        ),
        pytest.param(READY, "True", [], id="being ready still is no news"),
        pytest.param(READY, "False", ["info"], id="recovery is news"),
    ],
)  # fmt: skip
async def test_events(does, before, severities):
    ready = {
        "type": "Ready", "status": before, "reason": "X", "message": "",
        "lastTransitionTime": "2026-01-01T00:00:00Z",
    }  # fmt: skip
    register = FakeRegister(apps(status={"conditions": [ready]}))

    await worker(register, Story(does)).attend(APPS)

    assert [note.severity for note in register.notes] == severities


async def test_a_worker_takes_one_object_after_the_other_until_it_is_cancelled():
    register = FakeRegister(apps())
    story = Story()
    work = worker(register, story)
    work.queue.add(APPS)

    with pytest.raises(TimeoutError):
        async with asyncio.timeout(1500):
            await work.run()

    assert story.runs == 3


async def test_an_object_that_is_static_now_is_cleaned_up_after_and_left_alone():
    register = FakeRegister(apps(status={"observedGeneration": 2, "lastHandledReconcileAt": "x"}))
    story = Story()
    work = worker(register, story, lambda obj: True)

    await work.attend(APPS)
    await work.attend(APPS)

    found = register.objects[APPS]
    assert (found["metadata"]["finalizers"], found["status"]) == ([], {})
    assert (story.runs, story.finalized) == (0, 1)
    assert again(work) is None


async def test_an_object_that_cannot_be_cleaned_up_after_is_not_static_yet():
    register = FakeRegister(apps())
    work = worker(register, Story(Retryable("Busy", "the disk is full")), lambda obj: True)

    await work.attend(APPS)

    assert conditions(register)["Ready"] == ("False", "Busy", "the disk is full")
    assert register.objects[APPS]["metadata"]["finalizers"] == [FINALIZER]
    assert again(work) is not None


async def test_a_static_object_that_is_suspended_keeps_what_it_has():
    register = FakeRegister(apps(spec={"suspend": True}))
    before = register.objects[APPS]

    await worker(register, Story(), lambda obj: True).attend(APPS)

    assert register.objects[APPS] == before
