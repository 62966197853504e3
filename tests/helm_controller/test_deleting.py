"""What is deleted of a release, and what that takes: on both servers."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator

import pytest

from helm_controller.application import delete_own
from helm_controller.objects import owned
from helm_controller.release_store import ReleaseStore
from helm_controller.target import Target
from helm_controller.waiting import Waiter
from helm_controller.workplace import Ledger, Workplace
from shared.cluster.client import Client
from shared.cluster.error import NotFound
from shared.manifest.identity import Manifest, Ref, metadata
from shared.operation.watching import Watching
from shared.reconcile.key import Key
from shared.runtime.clock import SystemClock
from tests.fake.shelf import Shelf
from tests.helm_controller.cases import archive
from tests.helm_controller.town import Town, inhabited, ready

pytestmark = pytest.mark.slow

CONFIG = """apiVersion: v1
kind: ConfigMap
metadata: {name: {{ .Release.Name }}}
"""
HOOK = """apiVersion: v1
kind: ServiceAccount
metadata: {name: hook, annotations: {helm.sh/hook: pre-install}}
"""


@pytest.fixture
async def client(api_server) -> AsyncIterator[Client]:
    async with api_server.client() as client:
        yield client


def work(client: Client, namespace: str, shown: Manifest | None = None) -> Workplace:
    """The release `demo`, of whose objects a watch has shown this much."""
    clock = SystemClock()
    return Workplace(
        client,
        Waiter(client, Watching(clock)),
        Ledger(ReleaseStore(client, clock, "demo", namespace)),
        clock,
        Target("demo", namespace, namespace),
        Key(namespace, "demo"),
        "us",
        outline=lambda _: shown,
    )


def ref(namespace: str) -> Ref:
    return Ref("", "ConfigMap", namespace, "one", "v1")


async def made(client: Client, namespace: str, release: str = "demo") -> Manifest:
    """An object of a release."""
    meta = {"name": "one", "namespace": namespace}
    plain: Manifest = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": meta}
    return await client.create(
        owned(plain, Target(release, namespace, namespace)), manager="someone"
    )


async def is_there(client: Client, namespace: str) -> bool:
    try:
        await client.get(ref(namespace))
    except NotFound:
        return False
    return True


def counted(client: Client, about: str = "configmaps") -> Counter[str]:
    """The requests so far about a kind."""
    return Counter({verb: many for verb, resource, many in client.requests() if resource == about})


async def taken_over(client: Client, namespace: str) -> None:
    """The object becomes one of another release."""
    patch = {"metadata": {"annotations": {"meta.helm.sh/release-name": "other"}}}
    await client.patch(ref(namespace), patch, manager="someone")


async def touched(client: Client, namespace: str) -> None:
    await client.patch(ref(namespace), {"data": {"a": "1"}}, manager="someone")


async def test_what_a_watch_has_shown_is_deleted_without_being_read(client, namespace):
    shown = await made(client, namespace)
    before = counted(client)

    assert await delete_own(work(client, namespace, shown), ref(namespace))

    assert counted(client) - before == {"delete": 1}
    assert not await is_there(client, namespace)


async def test_what_has_changed_since_it_was_shown_is_read(client, namespace):
    shown = await made(client, namespace)
    await touched(client, namespace)
    before = counted(client)

    assert await delete_own(work(client, namespace, shown), ref(namespace))

    assert counted(client) - before == {"delete": 2, "get": 1}
    assert not await is_there(client, namespace)


async def test_what_others_have_taken_over_since_it_was_shown_stays(client, namespace):
    shown = await made(client, namespace)
    await taken_over(client, namespace)

    assert await delete_own(work(client, namespace, shown), ref(namespace))

    assert await is_there(client, namespace)


async def test_what_was_made_anew_by_others_since_it_was_shown_stays(client, namespace):
    shown = await made(client, namespace)
    await client.delete(ref(namespace))
    await made(client, namespace, "other")

    assert await delete_own(work(client, namespace, shown), ref(namespace))

    assert await is_there(client, namespace)


async def test_what_has_become_ours_since_it_was_shown_goes(client, namespace):
    live = await made(client, namespace)
    shown = {**live, "metadata": {**metadata(live), "annotations": {}}}

    assert await delete_own(work(client, namespace, shown), ref(namespace))

    assert not await is_there(client, namespace)


async def test_what_is_kept_stays_and_nobody_waits_for_it(client, namespace):
    await made(client, namespace)

    assert await delete_own(work(client, namespace), ref(namespace), kept=lambda _: True)

    assert await is_there(client, namespace)


async def test_what_is_not_there_is_nothing_to_wait_for(client, namespace):
    assert await delete_own(work(client, namespace), ref(namespace))


@pytest.fixture
async def controllers(api_server) -> AsyncIterator[Client]:
    """The controller's own way to the server."""
    async with api_server.client() as client:
        yield client


@pytest.fixture
async def town(client, controllers, namespace: str, shelf: Shelf) -> AsyncIterator[Town]:
    async with inhabited(client, namespace, shelf, controllers) as town:
        yield town


@pytest.mark.parametrize(
    ("mode", "requests"), [("enabled", {"delete": 1}), ("disabled", {"delete": 1, "get": 1})]
)
async def test_nobody_waits_for_what_is_gone_already(
    town: Town, controllers: Client, mode: str, requests
):
    await town.offer(archive({"templates/a.yaml": CONFIG}))
    await town.release(driftDetection={"mode": mode})
    await town.until(ready)
    before = counted(controllers)

    await town.client.delete(town.ref())
    await town.until_gone(town.ref())

    assert counted(controllers) - before == requests


async def test_a_hook_that_was_never_run_is_not_waited_for(town: Town, controllers: Client):
    await town.offer(archive({"templates/a.yaml": HOOK}))
    await town.release()
    await town.until(ready)

    # It is looked at once, whether it has done its work.
    assert counted(controllers, "serviceaccounts") == {
        "delete": 1, "apply": 1, "list": 1, "watch": 1
    }  # fmt: skip
