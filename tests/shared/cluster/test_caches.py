import asyncio
from contextlib import asynccontextmanager

from shared.cluster.caches import Caches
from shared.manifest.identity import Kind
from tests.fake.api_server import Says, lines
from tests.fake.patience import eventually

POD = Kind("", "v1", "Pod")
PODS = "/api/v1/pods"


def listing(name):
    item = {"metadata": {"name": name, "namespace": "apps", "uid": "1", "resourceVersion": "5"}}
    return Says(body={"metadata": {"resourceVersion": "9"}, "items": [item]})


@asynccontextmanager
async def running(caches):
    async with asyncio.TaskGroup() as tasks:
        task = tasks.create_task(caches.run())
        yield
        task.cancel()


async def test_one_cache_serves_all_who_ask_the_same(client, clock):
    caches = Caches(client, clock)

    assert caches.of(POD) is caches.of(POD)
    assert caches.of(POD) is not caches.of(POD, metadata_only=True)
    assert caches.of(POD) is not caches.of(POD, labels="a=b")


async def test_a_cache_that_is_asked_for_later_is_filled_too(server, client, clock):
    server.on(f"GET {PODS}", listing("a"))
    server.on("GET /api/v1/secrets", listing("s"))
    server.on(f"WATCH {PODS}", lines())
    server.on("WATCH /api/v1/secrets", lines())
    caches = Caches(client, clock)
    pods = caches.of(POD)

    async with running(caches):
        await pods.synced()
        secrets = caches.of(Kind("", "v1", "Secret"), metadata_only=True)
        assert "v1/Secret" in caches.blind()
        await secrets.synced()
        await eventually(lambda: caches.blind() == [])

    assert secrets.find("apps", "s")


async def test_a_process_of_one_namespace_watches_that_alone(server, client, clock):
    server.on("GET /api/v1/namespaces/apps/pods", listing("a"))
    caches = Caches(client, clock, namespace="apps")

    async with running(caches):
        await caches.of(POD).synced()


async def test_a_kind_that_is_missing_is_not_one_that_cannot_be_seen(server, client, clock):
    server.on(f"GET {PODS}", listing("a"))
    server.on(f"WATCH {PODS}", lines())
    caches = Caches(client, clock)
    pods, gadgets = caches.of(POD), caches.of(Kind("", "v1", "Gadget"))

    async with running(caches):
        await gadgets.answered()
        await eventually(pods.is_synced)

        assert caches.missing() == ["v1/Gadget"]
        assert caches.blind() == []
