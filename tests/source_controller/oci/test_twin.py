"""Many OCIRepositories of one artifact: what is asked of the registry for them, and who gets what
was made for another one."""

from __future__ import annotations

import asyncio
import os

import orjson
import pytest
from aiohttp import web

from shared.artifact.archive import read
from shared.artifact.tarball import Entry, pack
from shared.oci.docker_config import JSON_KEY
from shared.reconcile.settlement import Ready
from source_controller.oci.twin import LARGEST, LONGEST
from tests.fake.oci_artifact import Layer, artifact
from tests.fake.oci_registry import basic
from tests.fake.oci_world import oci_repository


def layer(text="1"):
    return Layer(pack([Entry("a.yaml", text.encode()), Entry("b.yaml", b"2")]))


APPS = artifact(layer(), annotations={"a": "b"})


def named(name, url, **spec):
    found = oci_repository(url, **spec)
    meta = found.metadata.model_copy(update={"name": name})
    return found.model_copy(update={"metadata": meta})


def asked(registry, kind):
    return [method for method, path in registry.asked if f"/{kind}/" in path]


def content_of(world, attempt):
    found = attempt.status.artifact
    return dict(read((world.root / "store" / found.path).read_bytes()))


@pytest.fixture
async def apps(fake):
    await fake.push(APPS, "team/apps", "latest", "v1")
    return fake


async def test_what_was_pulled_for_one_is_not_pulled_for_others(apps, world):
    url = apps.url("team/apps")

    found = [(await world.reconciled(named(f"app-{one}", url)))[1] for one in range(3)]

    assert asked(apps, "manifests") == ["HEAD", "GET", "HEAD", "HEAD"]
    assert asked(apps, "blobs") == ["GET"]
    offered = [attempt.status.artifact for attempt in found]
    assert len({one.path for one in offered}) == 3
    assert {one.digest for one in offered} == {offered[0].digest}
    assert all(one.metadata == {"a": "b"} for one in offered)
    assert content_of(world, found[2]) == {"a.yaml": b"1", "b.yaml": b"2"}


async def test_those_who_want_it_at_once_wait_for_the_first(apps, world):
    url = apps.url("team/apps")

    async with asyncio.TaskGroup() as tasks:
        jobs = [tasks.create_task(world.reconciled(named(f"a{one}", url))) for one in range(5)]

    assert all(isinstance(job.result()[0], Ready) for job in jobs)
    assert asked(apps, "blobs") == ["GET"]


async def test_another_tag_of_the_same_digest_has_a_revision_of_its_own(apps, world):
    url = apps.url("team/apps")
    await world.reconciled(named("one", url))

    _, attempt = await world.reconciled(named("two", url, ref={"tag": "v1"}))

    assert attempt.status.artifact.revision == f"v1@{APPS.digest}"
    assert asked(apps, "blobs") == ["GET"]


OTHERS = {
    "login": {"secretRef": {"name": "other"}},
    "ignore": {"ignore": "b.yaml"},
    "operation": {"layerSelector": {"operation": "copy"}},
    "media type": {"layerSelector": {"mediaType": layer().media_type}},
    "proxy": {"proxySecretRef": {"name": "proxy"}},
}


def login(registry, username):
    auths = {registry.address: {"username": username, "password": "CANARY"}}
    return {JSON_KEY: orjson.dumps({"auths": auths}).decode()}


@pytest.mark.parametrize("other", OTHERS)
async def test_who_asks_as_another_or_wants_it_otherwise_pulls_it(apps, world, other):
    apps_url = apps.url("team/apps")
    world.holdings.secrets["other"] = login(apps, "ada")
    # It is the registry that plays the proxy: it is sent whole URLs, and answers them.
    world.holdings.secrets["proxy"] = {"address": f"http://{apps.address}"}
    await world.reconciled(named("one", apps_url))

    await world.reconciled(named("two", apps_url, **OTHERS[other]))

    assert asked(apps, "blobs") == ["GET", "GET"]


async def test_a_login_that_the_registry_refuses_gets_nothing_that_another_one_was_given(
    apps, world
):
    world.holdings.secrets |= {name: login(apps, name) for name in ("ada", "eve")}
    ada = basic("ada", "CANARY")

    async def strict(request):
        if request.headers.get("Authorization") == ada:
            return None
        return web.Response(status=401, headers={"WWW-Authenticate": 'Basic realm="x"'})

    apps.interfere = strict
    url, ref = apps.url("team/apps"), {"digest": APPS.digest}
    outcomes = {}
    for name in ("ada", "eve"):
        repo = named(name, url, ref=ref, secretRef={"name": name})
        outcomes[name], attempt = await world.reconciled(repo)

    assert isinstance(outcomes["ada"], Ready)
    assert outcomes["eve"].reason == "OCIArtifactPullFailed"
    assert attempt.status.artifact is None


async def test_what_is_asked_for_by_its_digest_has_to_be_there_for_each(apps, world):
    url, ref = apps.url("team/apps"), {"digest": APPS.digest}
    await world.reconciled(named("one", url, ref=ref))
    apps.asked.clear()
    await world.reconciled(named("two", url, ref=ref))
    shared = list(apps.asked)
    apps.manifests.clear()

    failure, attempt = await world.reconciled(named("three", url, ref=ref))

    assert [method for method, path in shared if "team/apps" in path] == ["HEAD"]
    assert "does not have the manifest" in failure.message
    assert attempt.status.artifact is None


@pytest.mark.parametrize("fate", ["gone", "broken", "old"])
async def test_what_is_gone_broken_or_old_is_pulled_anew(apps, world, fate):
    _, attempt = await world.reconciled(named("one", apps.url("team/apps")))
    stored = world.root / "store" / attempt.status.artifact.path
    if fate == "gone":
        stored.unlink()
    elif fate == "broken":
        stored.write_bytes(b"something else")
    else:
        world.clock.advance(LONGEST)

    _, second = await world.reconciled(named("two", apps.url("team/apps")))

    assert content_of(world, second) == {"a.yaml": b"1", "b.yaml": b"2"}
    assert asked(apps, "blobs") == ["GET", "GET"]


async def test_whoever_waited_for_one_that_failed_pulls_it(apps, world):
    refused = []

    async def once(request):
        if "/blobs/" in request.path and not refused:
            refused.append(request.path)
            return web.Response(status=404)
        return None

    apps.interfere = once
    url = apps.url("team/apps")

    async with asyncio.TaskGroup() as tasks:
        jobs = [tasks.create_task(world.reconciled(named(f"a{one}", url))) for one in range(3)]

    outcomes = [job.result()[0] for job in jobs]
    assert sum(isinstance(one, Ready) for one in outcomes) == 2


async def test_what_is_large_is_pulled_by_each_and_not_held(fake, world):
    noise = os.urandom(LARGEST + 1)
    await fake.push(artifact(Layer(noise)), "team/large", "latest")
    copied = {"layerSelector": {"operation": "copy"}}

    for name in ("one", "two"):
        await world.reconciled(named(name, fake.url("team/large"), **copied))

    assert asked(fake, "blobs") == ["GET", "GET"]
