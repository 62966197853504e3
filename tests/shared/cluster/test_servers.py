"""The client and what stands on it, against each API server."""

import asyncio
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
import yaml

from shared.cluster.cache import Cache
from shared.cluster.error import Conflict, Gone, Invalid, NoSuchKind, NotFound
from shared.cluster.event import EventRecorder
from shared.cluster.lease import Lease
from shared.cluster.register import FINALIZER, ObjectRegister
from shared.manifest.identity import Kind, Ref
from shared.reconcile.attempt import Note
from shared.runtime.clock import SystemClock
from shared.runtime.leadership import Leadership, Times

pytestmark = pytest.mark.slow

CONFIG_MAP = Kind("", "v1", "ConfigMap")
KUSTOMIZATION = Kind("kustomize.toolkit.fluxcd.io", "v1", "Kustomization")
CRD = Path(__file__).parents[3] / "deploy/crds/kustomize.toolkit.fluxcd.io_kustomizations.yaml"


def config_map(namespace, name="one", **data):
    meta = {"name": name, "namespace": namespace, "labels": {"test": namespace}}
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": meta, "data": data}


def ref(namespace, name="one"):
    return Ref("", "ConfigMap", namespace, name)


@pytest.fixture
async def client(api_server):
    async with api_server.client() as client:
        yield client


@asynccontextmanager
async def running(runnable):
    async with asyncio.TaskGroup() as tasks:
        task = tasks.create_task(runnable.run())
        yield
        task.cancel()


class Told:
    """What a cache tells, and waiting for it."""

    def __init__(self, cache):
        self.names = {}
        self._news = asyncio.Event()
        cache.subscribe(self._hear)

    def _hear(self, old, new):
        name = (new or old)["metadata"]["name"]
        self.names[name] = new and new.get("data")
        self._news.set()

    async def until(self, name, data):
        async with asyncio.timeout(30):
            while self.names.get(name, "nothing") != data:
                self._news.clear()
                await self._news.wait()


async def test_an_object_from_its_beginning_to_its_end(client, namespace):
    made = await client.create(config_map(namespace, a="1"), manager="us")
    with pytest.raises(Conflict) as caught:
        await client.create(config_map(namespace), manager="us")
    assert caught.value.reason == "AlreadyExists"

    await client.apply(config_map(namespace, a="2", b="3"), manager="applier")
    patched = await client.patch(ref(namespace), {"data": {"b": None}}, manager="us")
    assert patched["data"] == {"a": "2"}
    assert await client.get(ref(namespace)) == patched

    with pytest.raises(Conflict):
        await client.delete(ref(namespace), uid="another")
    await client.delete(ref(namespace), uid=made["metadata"]["uid"])
    with pytest.raises(NotFound):
        await client.get(ref(namespace))


@pytest.mark.parametrize("kind", ["ConfigMap", "Service", "ServiceAccount"])
async def test_an_object_that_nothing_holds_is_gone_with_the_answer(client, namespace, kind):
    meta = {"name": "one", "namespace": namespace}
    spec = {"spec": {"ports": [{"port": 80}]}} if kind == "Service" else {}
    await client.create({"apiVersion": "v1", "kind": kind, "metadata": meta, **spec}, manager="us")

    assert await client.delete(Ref("", kind, namespace, "one"))

    with pytest.raises(NotFound):
        await client.get(Ref("", kind, namespace, "one"))


@pytest.mark.parametrize(
    ("finalizers", "propagation"),
    [(["example.com/hold"], "Background"), ([], "Foreground"), ([], "Orphan")],
)
@pytest.mark.parametrize("kind", ["ConfigMap", "ServiceAccount"])
async def test_an_object_that_is_held_is_not_gone_with_the_answer(
    client, namespace, kind, finalizers, propagation
):
    meta = {"name": "one", "namespace": namespace, "finalizers": finalizers}
    await client.create({"apiVersion": "v1", "kind": kind, "metadata": meta}, manager="us")

    assert not await client.delete(Ref("", kind, namespace, "one"), propagation=propagation)

    if finalizers:
        free = {"metadata": {"finalizers": None}}
        await client.patch(Ref("", kind, namespace, "one"), free, manager="us")


async def test_a_dry_run_changes_nothing(client, namespace):
    await client.apply(config_map(namespace), manager="us", dry_run=True)

    with pytest.raises(NotFound):
        await client.get(ref(namespace))


async def test_an_apply_without_force_names_the_fields_of_others(client, namespace):
    await client.create(config_map(namespace, a="1"), manager="them")

    with pytest.raises(Conflict) as caught:
        await client.apply(config_map(namespace, a="2"), manager="us", force=False)

    assert [cause.field for cause in caught.value.causes] == [".data.a"]


async def test_a_kind_that_is_not_served(client, namespace):
    with pytest.raises(NoSuchKind):
        await client.get(Ref("example.com", "Gadget", namespace, "x"))


async def test_what_the_server_says_of_a_secret_holds_no_value_of_it(client, namespace):
    secret = {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": "s", "namespace": namespace},
        "data": {"a b": "Q0FOQVJZ", "c": "CANARY"},
    }

    with pytest.raises(Invalid) as caught:
        await client.create(secret, manager="us")

    assert "CANARY" not in str(caught.value)
    assert "Q0FOQVJZ" not in str(caught.value)


async def test_a_list_in_pages_is_whole(client, namespace):
    for number in range(5):
        await client.create(config_map(namespace, f"n{number}"), manager="us")

    small = replace(client, page=2)
    found = await small.list(CONFIG_MAP, namespace=namespace, labels=f"test={namespace}")

    assert sorted(item["metadata"]["name"] for item in found.items) == [
        f"n{number}" for number in range(5)
    ]
    assert {item["kind"] for item in found.items} == {"ConfigMap"}


async def test_outlines_have_metadata_and_their_own_kind(client, namespace):
    await client.create(config_map(namespace, a="1"), manager="us")

    found = await client.list(CONFIG_MAP, namespace=namespace, metadata_only=True)

    [item] = [item for item in found.items if item["metadata"]["name"] == "one"]
    assert (item["kind"], item["apiVersion"]) == ("ConfigMap", "v1")
    assert "data" not in item
    assert item["metadata"]["managedFields"][0]["manager"] == "us"


async def test_a_watch_from_a_forgotten_version_is_gone(api_server, client, namespace):
    old = await client.create(config_map(namespace), manager="us")
    for number in range(3):
        await client.patch(ref(namespace), {"data": {"n": str(number)}}, manager="us")
    await api_server.forget_history()

    with pytest.raises(Gone):
        async for _ in client.watch(CONFIG_MAP, since=old["metadata"]["resourceVersion"]):
            pass


@pytest.mark.parametrize("metadata_only", [False, True])
async def test_a_cache_goes_on_through_restarts_and_lost_history(
    api_server, client, namespace, metadata_only
):
    cache = Cache(
        client, CONFIG_MAP, namespace=namespace, metadata_only=metadata_only, clock=SystemClock()
    )
    told = Told(cache)

    def data(**given):
        return None if metadata_only else given

    async with running(cache):
        await cache.synced()
        await client.create(config_map(namespace, "a", n="1"), manager="us")
        await told.until("a", data(n="1"))
        async with api_server.down():
            pass
        await client.create(config_map(namespace, "b", n="2"), manager="us")
        await told.until("b", data(n="2"))
        await api_server.forget_history()
        await client.delete(ref(namespace, "a"))
        await client.create(config_map(namespace, "c", n="3"), manager="us")
        await told.until("c", data(n="3"))
        await told.until("a", None)

    assert cache.find(namespace, "a") is None
    assert cache.find(namespace, "b")["kind"] == "ConfigMap"


async def test_a_list_on_request_sees_what_was_just_written(client, namespace):
    cache = Cache(client, CONFIG_MAP, namespace=namespace, clock=SystemClock())

    async with running(cache):
        await cache.synced()
        await client.create(config_map(namespace), manager="us")
        await cache.level()
        assert cache.find(namespace, "one") is not None


# What stands on it


@pytest.fixture
async def kustomization(client, namespace):
    """A Kustomization that nobody reconciles."""
    await client.apply(yaml.safe_load(CRD.read_text()), manager="us")
    client.discovery.forget(KUSTOMIZATION.group)
    spec = {"interval": "1m", "prune": True, "sourceRef": {"kind": "GitRepository", "name": "x"}}
    manifest = {
        "apiVersion": KUSTOMIZATION.api_version,
        "kind": "Kustomization",
        "metadata": {"name": "apps", "namespace": namespace},
        "spec": spec,
    }
    async with asyncio.timeout(30):
        while True:
            try:
                return await client.create(manifest, manager="us")
            except (NoSuchKind, NotFound):
                await asyncio.sleep(0.1)


def condition(kind):
    return {
        "type": kind,
        "status": "True",
        "reason": "Because",
        "message": kind,
        "lastTransitionTime": "2026-01-01T12:00:00Z",
    }


def register(client, *owned):
    cache = Cache(client, KUSTOMIZATION, clock=SystemClock())
    return ObjectRegister(cache, client, KUSTOMIZATION, "gotk-x", frozenset(owned))


async def test_two_who_write_conditions_from_one_reading_both_have_theirs(client, kustomization):
    await register(client, "Ours").write_status(kustomization, {"conditions": [condition("Ours")]})
    written = await register(client, "Theirs").write_status(
        kustomization, {"observedGeneration": 1, "conditions": [condition("Theirs")]}
    )

    types = {one["type"] for one in written["status"]["conditions"]}
    assert types == {"Ours", "Theirs"}
    assert written["status"]["observedGeneration"] == 1


async def test_two_who_write_finalizers_from_one_reading_both_have_theirs(client, kustomization):
    target = Ref.of(kustomization)
    theirs = {"metadata": {"finalizers": ["example.com/theirs"]}}
    await client.patch(target, theirs, manager="them")

    marked = await register(client).add_finalizer(kustomization)
    assert marked["metadata"]["finalizers"] == ["example.com/theirs", FINALIZER]

    more = ["example.com/theirs", FINALIZER, "example.com/more"]
    await client.patch(target, {"metadata": {"finalizers": more}}, manager="them")
    await register(client).remove_finalizer(marked)
    live = await client.get(target)
    assert live["metadata"]["finalizers"] == ["example.com/theirs", "example.com/more"]
    await client.patch(target, {"metadata": {"finalizers": None}}, manager="them")


async def test_an_event_counts_up(client, namespace):
    about = await client.create(config_map(namespace), manager="us")
    recorder = EventRecorder(client, "source-controller", SystemClock())

    async with running(recorder):
        for _ in range(3):
            recorder.record(about, Note("error", "FetchFailed", "no", {"revision": "r"}))
        await recorder.delivered()

    assert recorder.dropped == 0
    events = await client.list(Kind("", "v1", "Event"), namespace=namespace)
    [event] = [item for item in events.items if item["reason"] == "FetchFailed"]
    assert (event["count"], event["type"], event["involvedObject"]["name"]) == (3, "Warning", "one")


async def test_a_lease_goes_from_one_to_the_next(client, namespace):
    def candidate(identity):
        lease = Lease(client, namespace, "x")
        times = Times(timedelta(seconds=35), timedelta(seconds=30), timedelta(seconds=5))
        return Leadership(lease, identity, times, SystemClock())

    first, second = candidate("a"), candidate("b")
    await first.lead()
    await first.release()
    await second.lead()

    seen = await Lease(client, namespace, "x").read()
    assert (seen.tenure.holder, seen.tenure.transitions) == ("b", 1)
