from contextlib import aclosing

import pytest

from shared.cluster.client import PAGE
from shared.cluster.error import (
    ClusterError,
    Conflict,
    Gone,
    Invalid,
    NoSuchKind,
    NotFound,
    Unauthorized,
    Unreachable,
)
from shared.manifest.identity import Kind, Ref
from tests.fake.api_server import DROP, Says, lines, status

POD = Kind("", "v1", "Pod")
WEB = Ref("", "Pod", "apps", "web")
PODS, WEB_PATH = "/api/v1/namespaces/apps/pods", "/api/v1/namespaces/apps/pods/web"


def pod(name="web", version="7"):
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": name, "namespace": "apps", "resourceVersion": version},
    }


async def test_an_object_is_read(server, client):
    server.on(f"GET {WEB_PATH}", Says(body=pod()))

    assert await client.get(WEB) == pod()


async def test_what_is_not_there_is_said_with_verb_and_object(server, client):
    server.on(f"GET {WEB_PATH}", status(404, "NotFound", 'pods "web" not found', kind="pods"))

    with pytest.raises(NotFound, match=r'^get Pod/apps/web: pods "web" not found$') as caught:
        await client.get(WEB)

    assert (caught.value.status, caught.value.reason) == (404, "NotFound")


async def test_a_path_that_nobody_serves_is_a_kind_that_is_gone_and_is_asked_for_anew(
    server, client
):
    server.on(f"GET {WEB_PATH}", Says(404, b"404 page not found"), Says(body=pod()))

    with pytest.raises(NoSuchKind):
        await client.get(WEB)
    await client.get(WEB)

    assert len(server.asked("GET /api/v1")) == 2


async def test_a_namespaced_object_without_a_namespace_is_not_asked_for(server, client):
    with pytest.raises(Invalid, match=r"Pod/web: metadata\.namespace is missing"):
        await client.get(Ref("", "Pod", "", "web"))


async def test_an_apply_is_a_patch_with_manager_and_force(server, client):
    server.on(f"PATCH {WEB_PATH}", Says(body=pod()))

    await client.apply(pod(), manager="kustomize-controller", dry_run=True)

    [asked] = server.asked(f"PATCH {WEB_PATH}")
    assert asked.query == {
        "fieldManager": "kustomize-controller",
        "force": "true",
        "dryRun": "All",
    }
    assert asked.headers["Content-Type"] == "application/apply-patch+yaml"
    assert asked.json == pod()


async def test_the_fields_of_another_manager_are_causes_of_a_conflict(server, client):
    message = 'conflict with "kubectl" using v1: .spec.x'
    cause = {"reason": "FieldManagerConflict", "message": message, "field": ".spec.x"}
    server.on(f"PATCH {WEB_PATH}", status(409, "Conflict", "1 conflict", causes=[cause]))

    with pytest.raises(Conflict) as caught:
        await client.apply(pod(), manager="us", force=False)

    assert [cause.field for cause in caught.value.causes] == [".spec.x"]


async def test_a_merge_patch_of_the_status(server, client):
    server.on(f"PATCH {WEB_PATH}/status", Says(body=pod()))

    await client.patch(WEB, {"status": {"a": None}}, manager="us", subresource="status")

    [asked] = server.asked(f"PATCH {WEB_PATH}/status")
    assert asked.headers["Content-Type"] == "application/merge-patch+json"
    assert asked.json == {"status": {"a": None}}


async def test_a_deletion_names_the_uid(server, client):
    server.on(f"DELETE {WEB_PATH}", Says(body=pod()))

    await client.delete(WEB, uid="u-1", propagation="Orphan")

    [asked] = server.asked(f"DELETE {WEB_PATH}")
    assert asked.json["preconditions"] == {"uid": "u-1"}
    assert asked.json["propagationPolicy"] == "Orphan"


async def test_requests_in_the_name_of_another_say_so_and_ours_do_not(server, client):
    server.on(f"GET {WEB_PATH}", Says(body=pod()))

    await client.impersonating("system:serviceaccount:apps:dev").get(WEB)
    await client.get(WEB)

    theirs, ours = server.asked(f"GET {WEB_PATH}")
    assert theirs.headers["Impersonate-User"] == "system:serviceaccount:apps:dev"
    assert "Impersonate-User" not in ours.headers


async def test_impersonating_nobody_is_refused(client):
    with pytest.raises(ValueError, match="acting as ourselves"):
        client.impersonating("")


async def test_requests_are_counted(server, client):
    server.on(f"GET {WEB_PATH}", Says(body=pod()))

    await client.get(WEB)
    await client.get(WEB)

    assert {(verb, what): n for verb, what, n in client.requests()} == {
        ("get", "discovery"): 1,
        ("get", "pods"): 2,
    }


# Lists


def page(*names, more="", version="9"):
    items = [{"metadata": {"name": name}} for name in names]
    return Says(body={"metadata": {"resourceVersion": version, "continue": more}, "items": items})


async def test_a_list_is_read_page_by_page_and_its_entries_say_their_kind(server, client):
    server.on(f"GET {PODS}", page("a", more="token"), page("b"))

    found = await client.list(POD, namespace="apps", labels="app=web")

    assert [(item["kind"], item["metadata"]["name"]) for item in found.items] == [
        ("Pod", "a"),
        ("Pod", "b"),
    ]
    assert found.resource_version == "9"
    assert [asked.query for asked in server.asked(f"GET {PODS}")] == [
        {"limit": str(PAGE), "labelSelector": "app=web"},
        {"limit": str(PAGE), "labelSelector": "app=web", "continue": "token"},
    ]


async def test_a_list_whose_pages_expire_is_begun_again(server, client):
    expired = status(410, "Expired", "the continue token is too old")
    server.on(f"GET {PODS}", page("a", more="token"), expired, page("a", "b"))

    found = await client.list(POD, namespace="apps")

    assert [item["metadata"]["name"] for item in found.items] == ["a", "b"]


async def test_a_list_that_keeps_expiring_is_no_list(server, client):
    server.on(f"GET {PODS}", status(410, "Expired", "the continue token is too old"))

    with pytest.raises(Gone):
        await client.list(POD, namespace="apps")


async def test_a_list_of_metadata_asks_for_outlines(server, client):
    server.on(f"GET {PODS}", page("a"))

    await client.list(POD, namespace="apps", metadata_only=True)

    [asked] = server.asked(f"GET {PODS}")
    assert asked.headers["Accept"].startswith("application/json;as=PartialObjectMetadataList;")


async def test_an_answer_that_is_no_object_is_no_answer(server, client):
    server.on(f"GET {WEB_PATH}", Says(body=b"<html>"))

    with pytest.raises(Unreachable, match="the answer is no object"):
        await client.get(WEB)


# Watches


async def watched(client, since="5"):
    async with aclosing(client.watch(POD, since=since, namespace="apps")) as changes:
        return [
            (change.type, change.object["metadata"]["resourceVersion"]) async for change in changes
        ]


async def test_a_watch_gives_the_changes_until_the_server_ends_it(server, client):
    gone = ("DELETED", pod(version="7"))
    server.on(f"WATCH {PODS}", lines(("ADDED", pod(version="6")), gone, hold=False))

    assert await watched(client) == [("BOOKMARK", "5"), ("ADDED", "6"), ("DELETED", "7")]
    [asked] = server.asked(f"WATCH {PODS}")
    assert asked.query["resourceVersion"] == "5"
    assert asked.query["allowWatchBookmarks"] == "true"


async def test_a_watch_from_too_long_ago_is_gone(server, client):
    server.on(f"WATCH {PODS}", status(410, "Expired", "too old resource version"))

    with pytest.raises(Gone, match=r"watch Pod in apps: too old resource version"):
        await watched(client)


async def test_an_error_within_a_watch_is_the_error_it_stands_for(server, client):
    error = status(410, "Expired", "too old resource version").body
    server.on(f"WATCH {PODS}", lines(("ADDED", pod()), ("ERROR", error)))

    with pytest.raises(Gone):
        await watched(client)


@pytest.mark.parametrize(
    ("said", "complaint"),
    [
        (Says(body=b'{"type":"ADDED","obj', cut=True), "broke off|cut in the middle"),
        (Says(body=b'{"type":"ADDED","obj'), "cut in the middle"),
        (Says(body=b"garbage\n", hold=True), "no JSON"),
        (Says(body=b"[1]\n", hold=True), "no change"),
        (Says(body=b'{"type":"NEW","object":{}}\n', hold=True), "no change"),
        (DROP, "broke off"),
        (Says(503, b"no backend"), r"503 Service Unavailable \(no backend\)"),
    ],
)
async def test_a_watch_that_breaks_is_unreachable(server, client, said, complaint):
    server.on(f"WATCH {PODS}", said)

    with pytest.raises(Unreachable, match=complaint):
        await watched(client)


# Tries


async def test_a_read_is_tried_again_when_the_connection_breaks_or_the_server_stumbles(
    server, client, clock
):
    server.on(f"GET {WEB_PATH}", DROP, Says(503, b""), Says(500, b""), Says(body=pod()))

    assert await client.get(WEB) == pod()
    assert 1 < clock.monotonic() < 3


async def test_tries_come_to_an_end(server, client):
    server.on(f"GET {WEB_PATH}", status(503, "ServiceUnavailable", "etcd is away"))

    with pytest.raises(Unreachable, match="get Pod/apps/web: etcd is away"):
        await client.get(WEB)

    assert len(server.asked(f"GET {WEB_PATH}")) == 5


async def test_an_object_that_does_not_fit_its_kind_is_not_sent_again(server, client):
    message = "failed to create typed patch object (apps/web; /v1, Kind=Pod): .spec: expected map"
    server.on(f"PATCH {WEB_PATH}", status(500, "", message))

    with pytest.raises(ClusterError, match="expected map"):
        await client.apply(pod(), manager="us")

    assert len(server.asked(f"PATCH {WEB_PATH}")) == 1


async def test_a_creation_whose_answer_is_lost_is_not_tried_again(server, client):
    server.on(f"POST {PODS}", DROP)

    with pytest.raises(Unreachable):
        await client.create(pod(), manager="us")

    assert len(server.asked(f"POST {PODS}")) == 1


async def test_a_creation_that_was_turned_away_is_tried_again_when_the_server_asks_for_it(
    server, client, clock
):
    server.on(f"POST {PODS}", Says(429, b"", {"Retry-After": "7"}), Says(201, pod()))

    await client.create(pod(), manager="us")

    assert clock.monotonic() == pytest.approx(7)


async def test_a_deletion_whose_answer_was_lost_has_succeeded_when_the_object_is_gone(
    server, client
):
    server.on(f"DELETE {WEB_PATH}", DROP, status(404, "NotFound", "not found"))

    await client.delete(WEB)


async def test_a_deletion_of_what_was_not_there_is_not_found(server, client):
    server.on(f"DELETE {WEB_PATH}", status(404, "NotFound", "not found"))

    with pytest.raises(NotFound):
        await client.delete(WEB)


async def test_a_json_patch_is_not_sent_twice(server, client):
    server.on(f"PATCH {WEB_PATH}", DROP)

    with pytest.raises(Unreachable):
        await client.patch(WEB, [{"op": "add"}], kind="json", manager="us")

    assert len(server.asked(f"PATCH {WEB_PATH}")) == 1


async def test_nobody_there_is_said_with_the_address(server, client):
    await server.stop()

    with pytest.raises(Unreachable, match=r"cannot connect to 127\.0\.0\.1:\d+"):
        await client.get(WEB)


async def test_a_request_in_a_hurry_is_tried_once(server, client):
    server.on(f"GET {WEB_PATH}", Says(503, b""))

    with pytest.raises(Unreachable):
        await client.hurried().get(WEB)

    assert len(server.asked(f"GET {WEB_PATH}")) == 1


async def test_who_is_not_known_is_told_so_after_one_more_try(server, client):
    server.on(f"GET {WEB_PATH}", status(401, "Unauthorized", "Unauthorized"))

    with pytest.raises(Unauthorized):
        await client.get(WEB)

    assert len(server.asked(f"GET {WEB_PATH}")) == 2
