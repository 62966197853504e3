"""The whole controller on an API server: what it is told by objects, it answers by objects."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import cast

import pytest
import yaml

from kustomize_controller.dependency import KUSTOMIZATION
from kustomize_controller.settings import KustomizeSettings
from kustomize_controller.source import GIT_REPOSITORY
from kustomize_controller.wiring import build
from shared.cluster.caches import Caches
from shared.cluster.client import Client
from shared.cluster.error import NotFound
from shared.manifest.identity import Kind, Manifest, Ref, metadata, section, text
from shared.manifest.verdict import condition, holds
from shared.runtime.clock import SystemClock
from shared.runtime.metric import Metrics
from shared.runtime.settings import Settings
from shared.runtime.site import Site
from tests.fake import sops
from tests.fake.shelf import Shelf, standing

CRDS = sorted((Path(__file__).parents[2] / "deploy/crds").glob("*_*.yaml"))
pytestmark = pytest.mark.slow


@dataclass(frozen=True, slots=True)
class Town:
    """An API server with our controller at work, and a shelf of artifacts."""

    client: Client
    namespace: str
    shelf: Shelf

    async def push(self, revision: str, **files: str) -> None:
        """A source offers a new revision: files by name, with `__` for a slash."""
        texts = {f"{path.replace('__', '/')}.yaml": body for path, body in files.items()}
        artifact = self.shelf.put(revision, texts)
        await self.client.patch(
            self.ref("apps", GIT_REPOSITORY),
            {"status": {"artifact": artifact}},
            manager="source-controller",
            subresource="status",
        )

    async def create(
        self, name: str, annotations: dict[str, str] | None = None, **spec: object
    ) -> None:
        """A Kustomization."""
        source = {"kind": "GitRepository", "name": "apps"}
        least = {"interval": "1h", "prune": True, "timeout": "30s", "sourceRef": source}
        await self.client.create(
            {
                "apiVersion": KUSTOMIZATION.api_version,
                "kind": "Kustomization",
                "metadata": {
                    "name": name,
                    "namespace": self.namespace,
                    "annotations": annotations or {},
                },
                "spec": least | spec,
            },
            manager="someone",
        )

    def ref(self, name: str, kind: Kind = KUSTOMIZATION) -> Ref:
        return Ref(kind.group, kind.kind, self.namespace, name, kind.version)

    async def until(self, ref: Ref, seen: Callable[[Manifest], bool]) -> Manifest:
        """The object once it is as it should become."""
        last: Manifest = {}
        try:
            async with asyncio.timeout(20):
                while not seen(last):
                    await asyncio.sleep(0.02)
                    last = await self.client.get(ref)
        except TimeoutError:
            pytest.fail(f"{ref} did not get there: {yaml.safe_dump(last.get('status'))}")
        return last

    async def until_there(self, ref: Ref) -> None:
        async with asyncio.timeout(20):
            while True:
                try:
                    await self.client.get(ref)
                except NotFound:
                    await asyncio.sleep(0.02)
                else:
                    return

    async def until_gone(self, ref: Ref) -> None:
        async with asyncio.timeout(20):
            while True:
                try:
                    await self.client.get(ref)
                except NotFound:
                    return
                await asyncio.sleep(0.02)


def applied(revision: str) -> Callable[[Manifest], bool]:
    def seen(manifest: Manifest) -> bool:
        status = section(manifest, "status")
        return holds(manifest, "Ready") and status.get("lastAppliedRevision") == revision

    return seen


def says(reason: str, *, of: str = "Ready") -> Callable[[Manifest], bool]:
    return lambda manifest: text(condition(manifest, of), "reason") == reason


def config_map(name: str, **data: str) -> str:
    return yaml.safe_dump(
        {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name}, "data": data}
    )


@pytest.fixture
async def shelf() -> AsyncIterator[Shelf]:
    async with standing() as shelf:
        yield shelf


@pytest.fixture
async def town(api_server, namespace: str, shelf: Shelf) -> AsyncIterator[Town]:
    async with api_server.client() as client:
        await _install(client)
        town = Town(client, namespace, shelf)
        await client.create(_repository(namespace), manager="someone")
        running = asyncio.create_task(_run(client, namespace))
        yield town
        running.cancel()
        await asyncio.wait([running])
        if not running.cancelled() and running.exception():
            raise cast("BaseException", running.exception())


async def _install(client: Client) -> None:
    for path in CRDS:
        crd = yaml.safe_load(path.read_text())
        await client.apply(crd, manager="someone")
        ref = Ref.of(crd)
        async with asyncio.timeout(20):
            while not holds(await client.get(ref), "Established"):
                await asyncio.sleep(0.02)
    client.discovery.forget()


def _repository(namespace: str) -> Manifest:
    return {
        "apiVersion": GIT_REPOSITORY.api_version,
        "kind": "GitRepository",
        "metadata": {"name": "apps", "namespace": namespace},
        "spec": {"interval": "1h", "url": "https://example.org/apps"},
    }


async def _run(client: Client, namespace: str) -> None:
    clock = SystemClock()
    caches = Caches(client, clock, namespace=namespace)
    settings = replace(Settings(), watch_all_namespaces=False)
    site = Site(client, client.discovery, caches, clock, Metrics(), settings, namespace)
    controllers = build(site, KustomizeSettings())
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(caches.run())
        for controller in controllers:
            tasks.create_task(controller.run())


async def test_a_commit_becomes_objects(town: Town) -> None:
    await town.create("apps", path="./apps", targetNamespace=town.namespace, wait=True)
    await town.push("one", apps__web=config_map("web", colour="red"))

    ks = await town.until(town.ref("apps"), applied("main@sha1:one"))

    live = await town.client.get(town.ref("web", Kind("", "v1", "ConfigMap")))
    status = section(ks, "status")
    assert live["data"] == {"colour": "red"}
    assert status["observedGeneration"] == metadata(ks)["generation"]
    assert section(status, "inventory")["entries"] == [
        {"id": f"{town.namespace}_web__ConfigMap", "v": "v1"}
    ]
    assert text(condition(ks, "Ready"), "message") == "Applied revision: main@sha1:one"
    assert holds(ks, "Healthy")


async def test_the_next_commit_is_applied_as_soon_as_it_is_there(town: Town) -> None:
    config = Kind("", "v1", "ConfigMap")
    await town.create("apps", targetNamespace=town.namespace)
    await town.push("one", web=config_map("web"), old=config_map("old"))
    await town.until(town.ref("apps"), applied("main@sha1:one"))

    await town.push("two", web=config_map("web", colour="blue"))

    await town.until(town.ref("apps"), applied("main@sha1:two"))
    assert (await town.client.get(town.ref("web", config)))["data"] == {"colour": "blue"}
    with pytest.raises(NotFound):
        await town.client.get(town.ref("old", config))


async def test_what_depends_is_applied_as_soon_as_what_it_depends_on_is_ready(town: Town) -> None:
    dependency = [{"name": "first"}]
    await town.create("second", path="b", targetNamespace=town.namespace, dependsOn=dependency)
    await town.push("one", a__a=config_map("a"), b__b=config_map("b"))
    waiting = await town.until(town.ref("second"), says("DependencyNotReady"))

    await town.create("first", path="a", targetNamespace=town.namespace)

    await town.until(town.ref("second"), applied("main@sha1:one"))
    assert "first not found" in text(condition(waiting, "Ready"), "message")


async def test_a_broken_commit_says_what_is_broken_and_changes_nothing(town: Town) -> None:
    await town.create("apps", targetNamespace=town.namespace)
    await town.push("one", web=config_map("web"))
    await town.until(town.ref("apps"), applied("main@sha1:one"))

    await town.push("two", web="kind: [")

    ks = await town.until(town.ref("apps"), says("BuildFailed"))
    assert "web.yaml" in text(condition(ks, "Ready"), "message")
    assert section(ks, "status")["lastAppliedRevision"] == "main@sha1:one"
    assert await town.client.get(town.ref("web", Kind("", "v1", "ConfigMap")))


async def test_a_new_commit_ends_the_wait_for_an_old_one(town: Town) -> None:
    never = [{"apiVersion": "v1", "kind": "ConfigMap", "name": "two", "namespace": town.namespace}]
    await town.create("apps", targetNamespace=town.namespace, healthChecks=never, timeout="10m")
    await town.push("one", web=config_map("one"))
    await town.until_there(town.ref("one", Kind("", "v1", "ConfigMap")))

    await town.push("two", web=config_map("two"))

    await town.until(town.ref("apps"), applied("main@sha1:two"))


async def test_a_deleted_kustomization_takes_its_objects_along(town: Town) -> None:
    await town.create("apps", targetNamespace=town.namespace)
    await town.push("one", web=config_map("web"))
    await town.until(town.ref("apps"), applied("main@sha1:one"))

    await town.client.delete(town.ref("apps"))

    await town.until_gone(town.ref("apps"))
    await town.until_gone(town.ref("web", Kind("", "v1", "ConfigMap")))


async def test_n07_a_status_that_somebody_makes_up_is_worked_out_anew(town: Town) -> None:
    theirs = yaml.safe_load(config_map("theirs", colour="red"))
    theirs["metadata"]["namespace"] = town.namespace
    await town.client.create(theirs, manager="them")
    await town.create("apps", targetNamespace=town.namespace)
    await town.push("one", web=config_map("web"))
    await town.until(town.ref("apps"), applied("main@sha1:one"))
    entries = [{"id": f"{town.namespace}_theirs__ConfigMap", "v": "v1"}]
    made_up = {"inventory": {"entries": entries}, "lastAppliedRevision": "main@sha1:none"}
    await town.client.patch(
        town.ref("apps"), {"status": made_up}, manager="somebody", subresource="status"
    )

    await town.push("two", web=config_map("web", colour="blue"))

    found = await town.until(town.ref("apps"), applied("main@sha1:two"))
    listed = section(section(found, "status"), "inventory")["entries"]
    assert listed == [{"id": f"{town.namespace}_web__ConfigMap", "v": "v1"}]
    assert await town.client.get(town.ref("theirs", Kind("", "v1", "ConfigMap")))


async def test_an_artifact_that_is_gone_is_waited_for(town: Town) -> None:
    await town.push("one", web=config_map("web"))
    town.shelf.tarballs.clear()

    await town.create("apps", targetNamespace=town.namespace)

    ks = await town.until(town.ref("apps"), says("ArtifactFailed"))
    assert "looking again in 30s" in text(condition(ks, "Ready"), "message")


async def test_a_server_of_artifacts_that_is_away_keeps_nobody_else_waiting(town: Town) -> None:
    nowhere = {**town.shelf.put("none", {}), "url": "http://127.0.0.1:1/none.tar.gz"}
    gone = _repository(town.namespace)
    gone["metadata"] = {"name": "gone", "namespace": town.namespace}
    await town.client.create(gone, manager="someone")
    await town.client.patch(
        town.ref("gone", GIT_REPOSITORY),
        {"status": {"artifact": nowhere}},
        manager="source-controller",
        subresource="status",
    )
    stuck = [f"stuck-{number}" for number in range(12)]
    for name in stuck:
        await town.create(name, sourceRef={"kind": "GitRepository", "name": "gone"})
    for name in stuck[:4]:
        await town.until(town.ref(name), says("ArtifactFailed"))

    await town.create("apps", targetNamespace=town.namespace)
    await town.push("one", web=config_map("web"))

    await town.until(town.ref("apps"), applied("main@sha1:one"))
    for name in stuck:
        found = await town.until(town.ref(name), says("ArtifactFailed"))
        assert "failed to download" in text(condition(found, "Ready"), "message")


async def test_a_kind_of_source_that_is_not_installed_is_named(town: Town) -> None:
    source = {"apiVersion": "nowhere.example.org/v1", "kind": "Bucket", "name": "apps"}
    await town.create("apps", sourceRef=source)

    ks = await town.until(town.ref("apps"), says("ArtifactFailed"))
    assert "does not know the kind" in text(condition(ks, "Ready"), "message")


async def test_a_labelled_variable_that_changes_is_filled_in_at_once(town: Town) -> None:
    values = {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {
            "name": "values",
            "namespace": town.namespace,
            "labels": {"reconcile.fluxcd.io/watch": "Enabled"},
        },
        "data": {"colour": "red"},
    }
    await town.client.create(values, manager="someone")
    variables = {"substituteFrom": [{"kind": "ConfigMap", "name": "values"}]}
    await town.create("apps", targetNamespace=town.namespace, postBuild=variables)
    await town.push("one", web=config_map("web", colour="${colour}"))
    web = town.ref("web", Kind("", "v1", "ConfigMap"))
    await town.until_there(web)

    await town.client.apply({**values, "data": {"colour": "blue"}}, manager="someone")

    await town.until(web, lambda live: section(live, "data").get("colour") == "blue")


async def test_an_encrypted_secret_is_applied_in_plain_text(town: Town) -> None:
    data = {"age.agekey": base64.b64encode(sops.entry("one.agekey")).decode()}
    meta = {"name": "keys", "namespace": town.namespace}
    keys = {"apiVersion": "v1", "kind": "Secret", "metadata": meta, "data": data}
    await town.client.create(keys, manager="someone")
    decryption = {"provider": "sops", "secretRef": {"name": "keys"}}
    await town.create("apps", targetNamespace=town.namespace, decryption=decryption)

    await town.push("one", db=sops.encrypted("regex-secret.yaml").decode())

    await town.until(town.ref("apps"), applied("main@sha1:one"))
    live = await town.client.get(town.ref("db", Kind("", "v1", "Secret")))
    assert base64.b64decode(section(live, "data")["password"]) == b"correct horse"
    assert "sops" not in live


async def test_l01_nothing_of_an_encrypted_secret_is_told_when_it_fails(town: Town) -> None:
    decryption = {"provider": "sops"}
    await town.create("apps", targetNamespace=town.namespace, decryption=decryption)

    await town.push("one", db=sops.encrypted("regex-secret.yaml").decode())

    ks = await town.until(town.ref("apps"), says("BuildFailed"))
    message = text(condition(ks, "Ready"), "message")
    assert "/db cannot be decrypted: no key opens it: age key age1" in message
    assert "ENC[" not in message
