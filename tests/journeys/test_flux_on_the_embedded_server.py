"""Flux's own source-controller and kustomize-controller work on the embedded API server."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from shared.cluster.client import Client
from shared.cluster.error import ClusterError, NotFound
from shared.manifest.identity import Manifest, Ref
from tests import servers
from tests.fake.git_remote import Repository, serving
from tests.journeys.controllers import Controllers
from tests.journeys.journey import install, ready_of
from tests.peers import peer

pytestmark = [pytest.mark.slow]

HOME = "flux-system"
SOURCE = Ref("source.toolkit.fluxcd.io", "GitRepository", HOME, "apps", "v1")
APPLIER = Ref("kustomize.toolkit.fluxcd.io", "Kustomization", HOME, "apps", "v1")
CONFIG = Ref("", "ConfigMap", "default", "colour", "v1")
WEB = Ref("apps", "Deployment", "default", "web", "v1")
LIMIT = 60.0

DEPLOYMENT = """
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: default}
spec:
  replicas: 2
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec: {containers: [{name: web, image: "web:1"}]}
"""


def config(colour: str) -> str:
    return (
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: colour, namespace: default}\n"
        f"data: {{colour: {colour}}}\n"
    )


@pytest.fixture
async def flux(tmp_path: Path) -> AsyncIterator[tuple[Client, Repository]]:
    """Both controllers at work on a repository; what they say is in a log."""
    binaries = [peer("source-controller"), peer("kustomize-controller")]
    repository = Repository(tmp_path / "apps.git")
    repository.commit({"apps/config.yaml": config("blue"), "apps/web.yaml": DEPLOYMENT})
    async with servers.embedded() as server, server.client() as client:
        await prepare(client)
        with serving(tmp_path) as remote:
            controllers = Controllers(
                commands(binaries, server.kubeconfig, tmp_path), HOME, tmp_path / "flux.log"
            )
            await controllers.start()
            await follow(client, remote.of(repository))
            try:
                yield client, repository
            finally:
                await controllers.end()
    repository.close()


def commands(binaries: list[Path], kubeconfig: Path, place: Path) -> list[list[str]]:
    """The controllers, with a free port for artifacts."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{free.getsockname()[1]}"
    common = ["--metrics-addr=0", "--health-addr=127.0.0.1:0", "--events-addr="]
    storage = [f"--storage-path={place}", f"--storage-addr={address}"]
    storage.append(f"--storage-adv-addr={address}")
    source, applier = map(str, binaries)
    environment = ["env", f"KUBECONFIG={kubeconfig}"]
    return [
        [*environment, source, *common, *storage],
        [*environment, applier, *common, "--requeue-dependency=1s"],
    ]


async def prepare(client: Client) -> None:
    """The kinds that Flux's controllers watch, and their namespace."""
    await install(client)
    for plural, kind in (
        ("ocirepositories", "OCIRepository"),
        ("buckets", "Bucket"),
        ("helmrepositories", "HelmRepository"),
        ("helmcharts", "HelmChart"),
        ("externalartifacts", "ExternalArtifact"),
    ):
        try:
            await client.apply(open_definition(plural, kind), manager="someone")
        except ClusterError as error:
            pytest.fail(str(error))
    home = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": HOME}}
    await client.apply(home, manager="someone")


def open_definition(plural: str, kind: str) -> Manifest:
    """A definition of a kind of Flux's that nothing is said about."""
    schema = {"type": "object", "x-kubernetes-preserve-unknown-fields": True}
    version = {"name": "v1", "served": True, "storage": True, "subresources": {"status": {}},
        "schema": {"openAPIV3Schema": schema}}  # fmt: skip
    spec = {
        "group": "source.toolkit.fluxcd.io",
        "scope": "Namespaced",
        "names": {"kind": kind, "plural": plural},
        "versions": [version],
    }
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": f"{plural}.source.toolkit.fluxcd.io"},
        "spec": spec,
    }


async def follow(client: Client, url: str) -> None:
    """A source, and what is applied of it."""
    source = {"interval": "1h", "url": url, "ref": {"branch": "main"}}
    await client.create(made(SOURCE, source), manager="someone")
    applied = {
        "interval": "1h",
        "path": "./apps",
        "prune": True,
        "wait": True,
        "timeout": "30s",
        "sourceRef": {"kind": "GitRepository", "name": "apps"},
    }
    await client.create(made(APPLIER, applied), manager="someone")


def made(ref: Ref, spec: Manifest) -> Manifest:
    return {
        "apiVersion": f"{ref.group}/{ref.version}",
        "kind": ref.kind,
        "metadata": {"name": ref.name, "namespace": ref.namespace},
        "spec": spec,
    }


async def until(client: Client, ref: Ref, seen: Callable[[Manifest], bool], log: Path) -> Manifest:
    """The object once it is as it should become; empty is what is not there."""
    found: Manifest = {}
    try:
        async with asyncio.timeout(LIMIT):
            while True:
                try:
                    found = await client.get(ref)
                except NotFound:
                    found = {}
                if seen(found):
                    return found
                await asyncio.sleep(0.05)
    except TimeoutError:
        said = log.read_text()[-4000:]
        pytest.fail(f"not within a minute: {ref}\n{found}\n{said}")


def is_ready(found: Manifest) -> bool:
    return bool(found) and ready_of(found).get("status") == "True"


async def test_commits_are_applied_waited_for_and_what_they_drop_is_pruned(
    flux: tuple[Client, Repository], tmp_path: Path
):
    client, repository = flux
    log = tmp_path / "flux.log"

    await until(client, APPLIER, is_ready, log)
    first = await client.get(CONFIG)
    web = await client.get(WEB)
    repository.commit({"apps/config.yaml": config("red")})
    asked = {"metadata": {"annotations": {"reconcile.fluxcd.io/requestedAt": "now"}}}
    await client.patch(SOURCE, asked, manager="someone")
    changed = await until(client, CONFIG, lambda found: found.get("data") == {"colour": "red"}, log)
    await until(client, WEB, lambda found: not found, log)

    assert first["data"] == {"colour": "blue"}
    assert isinstance(web["status"], dict)
    assert web["status"]["readyReplicas"] == 2
    assert changed["data"] == {"colour": "red"}


async def test_what_a_kustomization_applied_goes_with_it(
    flux: tuple[Client, Repository], tmp_path: Path
):
    client, _ = flux
    log = tmp_path / "flux.log"
    await until(client, APPLIER, is_ready, log)

    await client.delete(APPLIER)

    await until(client, APPLIER, lambda found: not found, log)
    await until(client, CONFIG, lambda found: not found, log)
