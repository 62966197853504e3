from dataclasses import replace

import pytest

from shared.cluster.cache import Cache
from shared.cluster.error import Conflict, NotFound
from shared.cluster.register import TRIES, ObjectRegister, difference, merged
from shared.manifest.identity import Kind
from tests.fake.api_server import Says, status

POD = Kind("", "v1", "Pod")
PATH = "/api/v1/namespaces/apps/pods/web"
BEHIND = status(409, "Conflict", "the object has been modified")
GONE = status(404, "NotFound", "not found")


def pod(version="5", uid="1", status=None, finalizers=None):
    meta = {"name": "web", "namespace": "apps", "uid": uid, "resourceVersion": version}
    meta |= {"finalizers": finalizers} if finalizers is not None else {}
    return {"metadata": meta, "status": status or {}}


def condition(kind, message="m"):
    return {"type": kind, "status": "True", "reason": "R", "message": message}


@pytest.fixture
def register(client, clock):
    owned = frozenset({"Ready", "Healthy"})
    return ObjectRegister(Cache(client, POD, clock=clock), client, POD, "gotk-x", owned)


async def test_the_status_is_patched_with_what_changed_guarded_by_the_version(server, register):
    server.on(f"PATCH {PATH}/status", Says(body=pod("6")))
    seen = pod(status={"same": 1, "old": {"a": 1, "b": 2}, "gone": 3})

    written = await register.write_status(seen, {"same": 1, "old": {"a": 1, "b": 4}})

    [asked] = server.asked(f"PATCH {PATH}/status")
    assert asked.json == {
        "metadata": {"resourceVersion": "5"},
        "status": {"old": {"b": 4}, "gone": None},
    }
    assert asked.query["fieldManager"] == "gotk-x"
    assert written == pod("6")


async def test_a_status_that_the_object_has_already_is_not_written(server, register):
    seen = pod(status={"conditions": [condition("Ready"), condition("Theirs")]})

    assert await register.write_status(seen, {"conditions": [condition("Ready")]}) is seen

    assert server.asked(f"PATCH {PATH}/status") == []


async def test_conditions_that_others_wrote_meanwhile_survive(server, register):
    live = pod("7", status={"conditions": [condition("Theirs", "new"), condition("Healthy")]})
    server.on(f"PATCH {PATH}/status", BEHIND, Says(body=pod("8")))
    server.on(f"GET {PATH}", Says(body=live))
    seen = pod(status={"conditions": [condition("Theirs", "old")]})

    await register.write_status(
        seen, {"conditions": [condition("Ready"), condition("Theirs", "old")]}
    )

    asked = server.asked(f"PATCH {PATH}/status")[-1].json
    assert asked["metadata"]["resourceVersion"] == "7"
    assert asked["status"]["conditions"] == [condition("Ready"), condition("Theirs", "new")]


async def test_a_new_condition_is_ours_even_where_nobody_said_so(server, register):
    server.on(f"PATCH {PATH}/status", Says(body=pod("6")))

    await register.write_status(pod(), {"conditions": [condition("Unheard")]})

    [asked] = server.asked(f"PATCH {PATH}/status")
    assert asked.json["status"] == {"conditions": [condition("Unheard")]}


async def test_what_was_learned_of_an_object_is_not_written_on_another_of_its_name(
    server, register
):
    server.on(f"PATCH {PATH}/status", BEHIND)
    server.on(f"GET {PATH}", Says(body=pod("7", uid="2")))

    with pytest.raises(NotFound, match="another one by now"):
        await register.write_status(pod(), {"a": 1})


async def test_a_write_that_others_always_come_before_fails_in_the_end(server, register):
    server.on(f"PATCH {PATH}/status", BEHIND)
    server.on(f"GET {PATH}", Says(body=pod("7")))

    with pytest.raises(Conflict):
        await register.write_status(pod(), {"a": 1})

    assert len(server.asked(f"PATCH {PATH}/status")) == TRIES


async def test_our_finalizer_joins_those_of_others(server, register):
    server.on(f"PATCH {PATH}", Says(body=pod("6")))

    await register.add_finalizer(pod(finalizers=["theirs"]))

    [asked] = server.asked(f"PATCH {PATH}")
    assert asked.json == {
        "metadata": {
            "finalizers": ["theirs", "finalizers.fluxcd.io"],
            "resourceVersion": "5",
        }
    }
    assert asked.query["fieldManager"] == "gotk-x"


async def test_a_kind_may_have_a_finalizer_of_its_own(server, register):
    server.on(f"PATCH {PATH}", Says(body=pod("6")))

    await replace(register, finalizer="x.dev/own").add_finalizer(pod(finalizers=["theirs"]))

    [asked] = server.asked(f"PATCH {PATH}")
    assert asked.json["metadata"]["finalizers"] == ["theirs", "x.dev/own"]


async def test_a_finalizer_that_is_there_is_not_written(server, register):
    seen = pod(finalizers=["finalizers.fluxcd.io"])

    assert await register.add_finalizer(seen) is seen


async def test_finalizers_that_others_added_meanwhile_stay(server, register):
    live = pod("7", finalizers=["theirs", "finalizers.fluxcd.io"])
    server.on(f"PATCH {PATH}", BEHIND, Says(body=pod("8")))
    server.on(f"GET {PATH}", Says(body=live))

    await register.remove_finalizer(pod(finalizers=["finalizers.fluxcd.io"]))

    asked = server.asked(f"PATCH {PATH}")[-1].json
    assert asked["metadata"]["finalizers"] == ["theirs"]


@pytest.mark.parametrize("answers", [(GONE,), (BEHIND,)])
async def test_an_object_that_is_gone_needs_no_finalizer_off(server, register, answers):
    server.on(f"PATCH {PATH}", *answers)
    server.on(f"GET {PATH}", GONE)

    await register.remove_finalizer(pod(finalizers=["finalizers.fluxcd.io"]))


async def test_a_finalizer_that_is_off_already_needs_no_request(server, register):
    await register.remove_finalizer(pod())

    assert server.asked(f"PATCH {PATH}") == []


OURS = frozenset({"Ready"})


@pytest.mark.parametrize(
    ("status", "live", "expected"),
    [
        ({}, {}, {}),
        ({"a": 1}, {"b": 2}, {"a": 1}),
        ({"conditions": []}, {"conditions": [condition("X")]}, {"conditions": [condition("X")]}),
        ({"conditions": [condition("X")]}, {}, {"conditions": []}),
        ({}, {"conditions": [condition("Ready")]}, {}),
    ],
    ids=["nothing", "other fields", "theirs stay", "theirs are gone", "ours is taken off"],
)
def test_conditions_of_two_writers(status, live, expected):
    assert merged(status, live, OURS) == expected


@pytest.mark.parametrize(
    ("before", "after", "patch"),
    [
        ({}, {}, {}),
        ({"a": 1}, {"a": 1}, {}),
        ({"a": 1}, {}, {"a": None}),
        ({}, {"a": {}}, {"a": {}}),
        ({"a": {"b": 1, "c": 2}}, {"a": {"b": 1}}, {"a": {"c": None}}),
        ({"a": [1]}, {"a": [1, 2]}, {"a": [1, 2]}),
        ({"a": {"b": 1}}, {"a": 2}, {"a": 2}),
    ],
)
def test_differences_are_merge_patches(before, after, patch):
    assert difference(before, after) == patch
