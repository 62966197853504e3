import asyncio
from contextlib import asynccontextmanager

import pytest

from shared.cluster.event import WAITING, EventRecorder
from shared.reconcile.attempt import Note
from tests.fake.api_server import Says, status

EVENTS = "/api/v1/namespaces/apps/events"
POD = {
    "apiVersion": "v1",
    "kind": "Pod",
    "metadata": {"name": "web", "namespace": "apps", "uid": "1", "resourceVersion": "5"},
}


def note(severity="info", message="m", **metadata):
    return Note(severity, "Why", message, metadata)


@pytest.fixture
def recorder(server, client, clock):
    server.on(f"POST {EVENTS}", Says(201))
    server.on("POST /hook", Says(200))
    return EventRecorder(client, "source-controller", clock, f"{server.url}/hook")


@asynccontextmanager
async def running(recorder):
    async with asyncio.TaskGroup() as tasks:
        task = tasks.create_task(recorder.run())
        yield
        await recorder.delivered()
        task.cancel()


async def test_an_event_is_told_to_the_cluster_as_client_go_tells_it(server, recorder):
    async with running(recorder):
        recorder.record(POD, note("error", revision="r"))

    [asked] = server.asked(f"POST {EVENTS}")
    event = asked.json
    assert event["metadata"].pop("name").startswith("web.")
    assert event == {
        "apiVersion": "v1",
        "kind": "Event",
        "metadata": {"namespace": "apps", "annotations": {"revision": "r"}},
        "involvedObject": {
            "kind": "Pod",
            "namespace": "apps",
            "name": "web",
            "uid": "1",
            "apiVersion": "v1",
            "resourceVersion": "5",
        },
        "type": "Warning",
        "reason": "Why",
        "message": "m",
        "count": 1,
        "firstTimestamp": "2026-01-01T12:00:00Z",
        "lastTimestamp": "2026-01-01T12:00:00Z",
        "source": {"component": "source-controller"},
        "reportingComponent": "source-controller",
        "reportingInstance": "",
    }


async def test_the_same_again_counts_up_the_event_that_is_there(server, recorder):
    async with running(recorder):
        recorder.record(POD, note())
        await recorder.delivered()
        name = server.asked(f"POST {EVENTS}")[0].json["metadata"]["name"]
        server.on(f"PATCH {EVENTS}/{name}", Says())
        recorder.record(POD, note())

    [asked] = server.asked(f"PATCH {EVENTS}/{name}")
    assert asked.json["count"] == 2


async def test_an_event_that_the_server_has_forgotten_is_made_again_with_its_count(
    server, recorder
):
    async with running(recorder):
        recorder.record(POD, note())
        await recorder.delivered()
        name = server.asked(f"POST {EVENTS}")[0].json["metadata"]["name"]
        server.on(f"PATCH {EVENTS}/{name}", status(404, "NotFound", "not found"))
        recorder.record(POD, note())

    assert [asked.json["count"] for asked in server.asked(f"POST {EVENTS}")] == [1, 2]


async def test_information_and_errors_are_posted_and_traces_are_not(server, recorder):
    async with running(recorder):
        for severity in ("info", "error", "trace"):
            recorder.record(POD, note(severity, message=severity))

    assert [asked.json["severity"] for asked in server.asked("POST /hook")] == ["info", "error"]
    assert len(server.asked(f"POST {EVENTS}")) == 3


async def test_without_an_address_nothing_is_posted(server, client, clock):
    server.on(f"POST {EVENTS}", Says(201))
    recorder = EventRecorder(client, "source-controller", clock)

    async with running(recorder):
        recorder.record(POD, note())

    assert server.asked("POST /hook") == []


async def test_a_post_that_nobody_takes_costs_the_event_only(server, recorder):
    server.on("POST /hook", Says(400))

    async with running(recorder):
        recorder.record(POD, note())

    assert recorder.dropped == 1
    assert len(server.asked(f"POST {EVENTS}")) == 1


async def test_a_cluster_that_refuses_events_costs_the_event_only(server, recorder):
    server.on(f"POST {EVENTS}", status(403, "Forbidden", "the namespace is terminating"))

    async with running(recorder):
        recorder.record(POD, note())

    assert recorder.dropped == 1
    assert len(server.asked("POST /hook")) == 1


async def test_what_cannot_wait_is_dropped_and_counted_and_nothing_blocks(recorder):
    for number in range(WAITING + 1):
        recorder.record(POD, note("trace", message=str(number)))

    assert recorder.dropped == 1


async def test_an_object_that_is_none_is_dropped(recorder):
    recorder.record({}, note())

    assert recorder.dropped == 1
