import asyncio

import pytest

from shared.cluster.discovery import Resource
from shared.cluster.error import Invalid, NoSuchKind, Unreachable
from shared.manifest.identity import Kind
from tests.fake.api_server import Says, status

GADGET = Kind("example.com", "v1", "Gadget")
GROUP = {
    "versions": [{"version": "v1alpha1"}, {"version": "v1"}],
    "preferredVersion": {"version": "v1"},
}


def kinds(*names):
    return Says(
        body={
            "resources": [
                {"name": f"{name.lower()}s", "kind": name, "namespaced": False, "verbs": ["get"]}
                for name in names
            ]
        }
    )


async def test_a_kind_is_asked_for_once(server, client):
    server.on("GET /apis/example.com/v1", kinds("Gadget", "Widget"))

    found = await client.discovery.resource_of(GADGET)
    await client.discovery.resource_of(Kind("example.com", "v1", "Widget"))

    assert found.path(name="a:b c") == "/apis/example.com/v1/gadgets/a:b%20c"
    assert found.verbs == {"get"}
    assert len(server.seen) == 1


async def test_many_who_ask_at_once_cost_one_request(server, client):
    server.on("GET /apis/example.com/v1", kinds("Gadget"))

    await asyncio.gather(*(client.discovery.resource_of(GADGET) for _ in range(20)))

    assert len(server.seen) == 1


async def test_a_kind_that_came_later_is_found(server, client):
    server.on("GET /apis/example.com/v1", kinds("Widget"), kinds("Widget", "Gadget"))
    await client.discovery.resource_of(Kind("example.com", "v1", "Widget"))

    assert (await client.discovery.resource_of(GADGET)).plural == "gadgets"


async def test_a_kind_that_is_not_there_is_asked_for_again_and_said(server, client):
    server.on("GET /apis/example.com/v1", kinds("Widget"))

    for _ in range(2):
        with pytest.raises(NoSuchKind, match=r"does not serve example\.com/v1/Gadget"):
            await client.discovery.resource_of(GADGET)

    assert len(server.seen) == 2


async def test_a_group_that_nobody_serves_is_no_such_kind(client):
    with pytest.raises(NoSuchKind):
        await client.discovery.resource_of(GADGET)


async def test_a_group_whose_server_is_down_says_nothing_about_its_kinds(server, client):
    server.on("GET /apis/example.com/v1", status(503, "ServiceUnavailable", "no endpoints"))

    with pytest.raises(Unreachable, match="no endpoints"):
        await client.discovery.resource_of(GADGET)
    assert (await client.discovery.resource_of(Kind("", "v1", "Pod"))).plural == "pods"


async def test_forgotten_groups_are_asked_for_anew(server, client):
    server.on("GET /apis/example.com/v1", kinds("Gadget"))
    await client.discovery.resource_of(GADGET)

    client.discovery.forget("other.com")
    await client.discovery.resource_of(GADGET)
    client.discovery.forget()
    await client.discovery.resource_of(GADGET)

    assert len(server.seen) == 2


async def test_a_kind_without_a_version_is_that_of_the_preferred_one(server, client):
    server.on("GET /apis/example.com", Says(body=GROUP))
    server.on("GET /apis/example.com/v1", kinds("Widget"))
    server.on("GET /apis/example.com/v1alpha1", kinds("Widget", "Gadget"))

    widget = await client.discovery.served("example.com", "Widget")
    gadget = await client.discovery.served("example.com", "Gadget")

    assert (widget.kind.version, gadget.kind.version) == ("v1", "v1alpha1")


async def test_a_kind_without_a_version_that_no_version_has(server, client):
    server.on("GET /apis/example.com", Says(body=GROUP))

    with pytest.raises(NoSuchKind, match=r"does not serve Gadget of example\.com"):
        await client.discovery.served("example.com", "Gadget")
    with pytest.raises(NoSuchKind, match="the core group"):
        await client.discovery.served("", "Gadget")


async def test_an_answer_of_somebody_else_is_no_discovery(server, client):
    server.on("GET /apis/example.com/v1", Says(body=b"<html>"))

    with pytest.raises(Unreachable, match="the answer is no object"):
        await client.discovery.resource_of(GADGET)


@pytest.mark.parametrize("name", [".", "..", "../../kube-system:x", "a/token", "a%2Ftoken", "a/.."])
def test_n02_a_name_is_one_part_of_a_path_or_refused(name):
    accounts = Resource(Kind("", "v1", "ServiceAccount"), "serviceaccounts", True, frozenset())

    with pytest.raises(Invalid, match="no object with the name"):
        accounts.path("apps", name)
    with pytest.raises(Invalid, match="no object with the name"):
        accounts.path(name, "builder")
