"""Flux's own source-controller and ours, given the same GitRepositories and the same servers: what
they offer and what they say is the same, but for what differs on purpose."""

from __future__ import annotations

import asyncio
import contextlib
import io
import json
import tarfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import yaml
from dulwich.objects import Commit, Tag, Tree

from shared.manifest.identity import Manifest, section
from tests import servers
from tests.fake import signed
from tests.fake.cases import DATA
from tests.fake.git_remote import Repository, demand, serving
from tests.journeys.controllers import Controllers
from tests.journeys.helm_sources import Scene, ours, theirs
from tests.journeys.journey import install
from tests.peers import peer

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

CASES: list[dict[str, Any]] = yaml.safe_load((DATA / "source/beside_flux_git.yaml").read_text())
LIMIT = 60.0
KIND = "GitRepository"
FILE, MODULE = 0o100644, 0o160000
SECRETS = {
    "login": {"username": "ada", "password": "c4n4ry"},
    "wrong-login": {"username": "ada", "password": "wrong"},
    "half-login": {"username": "ada"},
    "keys": signed.key("pgp-ed25519"),
    "other-keys": signed.key("pgp-rsa3072"),
}
APPS = {
    "a.yaml": "a: 1\n", "notes.txt": "x", "picture.png": "x", "run.sh*": "#!/bin/sh\n",
    "link@": "a.yaml", ".github/ci.yaml": "on: push\n", ".gitignore": "x\n",
    "deploy/web/b.yaml": "b: 1\n", "deploy/web/notes.txt": "y", "deploy/api/c.yaml": "c: 1\n",
    "deploy/api/.sourceignore": "*.md\n", "deploy/api/README.md": "z", "docs/README.md": "w",
}  # fmt: skip


@contextlib.contextmanager
def repositories(root: Path) -> Iterator[dict[str, str]]:
    """What the cases are about, below `root`; the commits that their words stand for."""
    root.mkdir()
    made = {name: Repository(root / f"{name}.git") for name in ("apps", "whole", "signed", "empty")}
    apps = made["apps"]
    first = apps.commit({"a.yaml": "a: 0\n"})
    apps.tag("v1.0.0", first)
    apps.tag("v1.1.0", apps.commit({"a.yaml": "a: 0\n", "b.yaml": "b"}), annotated=True)
    apps.tag("v2.0.0-rc.1", apps.commit(APPS | {"rc.yaml": "x"}))
    newest = apps.commit(APPS)
    apps.commit({"old.yaml": "x"}, branch="master")
    apps.point("refs/pull/1/head", apps.commit({"x.yaml": "x"}, branch="feature/x"))
    whole = made["whole"]
    declared = b'[submodule "lib"]\n\tpath = lib\n\turl = ../apps.git\n'
    entries = [
        (b".gitmodules", FILE, whole.blob(declared)),
        (b"a.yaml", FILE, whole.blob(b"a")),
        (b"lib", MODULE, first.encode()),
    ]
    whole.commit_tree(whole.raw_tree(*entries))
    vouched = made["signed"]
    vouched.add(Tree())
    commit = vouched.add(Commit.from_string(signed.commit("pgp-ed25519")))
    vouched.point("refs/heads/main", commit.decode())
    tag = vouched.add(Tag.from_string(signed.tag("pgp-ed25519")))
    vouched.point("refs/tags/v-pgp-ed25519", tag.decode())
    try:
        yield {"first": first, "newest": newest, "nothing": "0" * 39 + "1"}
    finally:
        for one in made.values():
            one.close()


def named(case: dict[str, Any]) -> str:
    return case["name"].replace(" ", "-")


def meant(case: dict[str, Any], words: dict[str, str]) -> Manifest:
    """The spec of a case with its words filled in."""
    text = json.dumps({"url": "{GIT}/apps.git", "interval": "1h", "timeout": "20s", **case["spec"]})
    for word, value in words.items():
        text = text.replace(f"{{{word}}}", value)
    return json.loads(text)


async def asked(scene: Scene, words: dict[str, str]) -> None:
    """All objects of the cases, and those that they name."""
    home = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": scene.namespace}}
    await scene.client.apply(home, manager="somebody")
    for name, data in SECRETS.items():
        await scene.create("Secret", name, stringData=data)
    library = {"spec": {"ref": {"branch": "main"}, "ignore": "docs/\n"}}
    await scene.create(KIND, "library", spec=meant(library, words))


def is_settled(found: Manifest) -> bool:
    """Whether an attempt came to an end, and all was written: Flux writes conditions first."""
    if section(found, "spec").get("suspend"):
        return True
    status = section(found, "status")
    conditions = {one["type"]: one for one in status.get("conditions", [])}
    if conditions.get("Ready", {}).get("status") == "True":
        return status.get("observedGeneration") == section(found, "metadata")["generation"]
    again = conditions.get("Reconciling", {}).get("reason") == "ProgressingWithRetry"
    return "Ready" in conditions and (again or "Stalled" in conditions)


async def outcome(scene: Scene, name: str) -> dict[str, Any]:
    """What became of an object, without moments, addresses and namespaces."""
    found = await scene.until(KIND, name, is_settled, "settled")
    status = section(found, "status")
    offered = section(status, "artifact")
    included = status.get("includedArtifacts", [])
    return {
        "conditions": {(c["type"], c["status"], c["reason"]) for c in status.get("conditions", [])},
        "artifact": told(offered),
        "entries": await entries(str(offered["url"])) if offered else None,
        "included": [told(one) for one in included],
        "verified": status.get("sourceVerificationMode"),
        "observed": {"observedGeneration": -1}
        | {key: one for key, one in status.items() if key.startswith("observed")},
    }


def told(artifact: Manifest) -> tuple[object, str]:
    """The revision of an artifact and the name of its file."""
    return artifact.get("revision"), str(artifact.get("path", "")).rpartition("/")[2]


async def entries(url: str) -> list[tuple[object, ...]]:
    """What is in an archive, in its order."""
    async with aiohttp.ClientSession() as session, session.get(url) as answer:
        assert answer.status == 200, await answer.text()
        body = await answer.read()
    with tarfile.open(fileobj=io.BytesIO(body)) as made:
        return [
            (one.name, one.type, one.mode, one.mtime, file.read() if file else b"")
            for one in made
            for file in [made.extractfile(one)]
        ]


@contextlib.asynccontextmanager
async def working(
    place: Path, words: dict[str, str], binary: Path | None
) -> AsyncIterator[dict[str, Any]]:
    """What a controller makes of all cases, on an API server of its own."""
    place.mkdir()
    async with servers.embedded() as server, server.client() as client:
        await install(client)
        scene = Scene(client, "apps")
        await asked(scene, words)
        store = place / "store"
        store.mkdir()
        line = (
            theirs(binary, server.kubeconfig, store) if binary else ours(server.kubeconfig, store)
        )
        controllers = Controllers([line], scene.namespace, place / "log")
        await controllers.start()
        try:
            async with asyncio.timeout(LIMIT):
                await scene.until(KIND, "library", is_settled, "settled")
                for case in CASES:
                    await scene.create(KIND, named(case), spec=meant(case, words))
                yield {named(case): await outcome(scene, named(case)) for case in CASES}
        except TimeoutError:
            pytest.fail(f"not within {LIMIT:g}s\n{(place / 'log').read_text()[-4000:]}")
        finally:
            await controllers.end()


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, Any], dict[str, Any]]:
    """What Flux makes of all cases, and what we make of them."""
    binary = peer("source-controller")
    place = tmp_path_factory.mktemp("beside")

    async def worked(words: dict[str, str]) -> tuple[dict[str, Any], dict[str, Any]]:
        async with working(place / "theirs", words, binary) as first:
            pass
        async with working(place / "ours", words, None) as second:
            return first, second

    root = place / "git"
    with repositories(root) as commits, serving(root) as remote, serving(root) as closed:
        closed.interfere = demand("ada", "c4n4ry")
        return asyncio.run(worked({**commits, "GIT": remote.url, "CLOSED": closed.url}))


@pytest.mark.parametrize("case", CASES, ids=named)
def test_what_flux_offers_and_says_we_offer_and_say_too(both, case):
    theirs, ours = (side[named(case)] for side in both)

    if "ours" in case:
        assert ours["conditions"] == {tuple(one) for one in case["ours"]}
        assert ours["conditions"] != theirs["conditions"], "it differs no more: drop `ours`"
        return
    if "entries" in case:
        assert alone(ours, theirs) == case["entries"]["ours"]
        assert alone(theirs, ours) == case["entries"]["theirs"]
        theirs, ours = in_common(theirs, ours), in_common(ours, theirs)
    assert ours == theirs


def alone(one: dict[str, Any], other: dict[str, Any]) -> list[object]:
    """The names of the entries that only the archive of one has."""
    names = {entry[0] for entry in other["entries"]}
    return [entry[0] for entry in one["entries"] if entry[0] not in names]


def in_common(one: dict[str, Any], other: dict[str, Any]) -> dict[str, Any]:
    """An outcome with only those entries that the archive of the other has too."""
    left_out = alone(one, other)
    return one | {"entries": [entry for entry in one["entries"] if entry[0] not in left_out]}


def test_every_difference_has_a_reason():
    unlike = {case["name"] for case in CASES if case.keys() & {"ours", "entries"}}

    assert unlike == {case["name"] for case in CASES if case.get("why")}
    assert all(any(case["entries"].values()) for case in CASES if "entries" in case)
