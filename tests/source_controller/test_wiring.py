"""All of the controller but the cluster: a worker, a real remote, a real store, a real server."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import aiohttp
import pytest
from dulwich.objects import Commit, Tag, Tree

from shared.api.artifact import Artifact
from shared.artifact.archive import entries
from shared.artifact.digest import digest_of
from shared.artifact.download import Downloads
from shared.artifact.server import ArtifactServer
from shared.artifact.storage import DiskStorage
from shared.artifact.store import Store
from shared.git.remote import Remotes
from shared.manifest.identity import Manifest, section
from shared.reconcile.key import Key
from shared.reconcile.pace import Backoff
from shared.runtime.queue import Queue
from shared.runtime.worker import Pace, Surroundings, Worker
from source_controller.address import StorageAddress
from source_controller.credential import SecretCredentials
from source_controller.git_arrival import Arrivals
from source_controller.git_repository import GitRepositoryReconciler
from source_controller.ground import host_of
from source_controller.inclusion import WatchedIncludes
from source_controller.offer import Offers
from source_controller.publication import KIND, Publication
from source_controller.shelf import Shelf
from source_controller.submodule import GitSubmodules
from source_controller.upstream import GitUpstream
from source_controller.verification import SignatureVerification
from source_controller.wiring import subject_of
from tests.fake import signed
from tests.fake.clock import ManualClock
from tests.fake.git_provider import Nobody
from tests.fake.git_remote import HttpRemote, Repository, send, serving
from tests.fake.register import FakeRegister

KEY = Key("flux-system", "apps")


class StandingClock(ManualClock):
    """Nothing lasts: no stage is under way for so long that it is written down."""

    async def sleep(self, duration: timedelta) -> None:
        await asyncio.Event().wait()


class Secrets(dict[str, dict[str, str]]):
    """What is in each Secret."""

    async def data(self, namespace: str, name: str) -> dict[str, str]:
        return self[name]


@dataclass
class Controller:
    """What a test looks at and turns."""

    worker: Worker
    register: FakeRegister
    store: Store
    remote: Repository
    server: HttpRemote
    session: aiohttp.ClientSession
    secrets: Secrets

    async def attend(self, **spec: object) -> Manifest:
        """One attempt, with changes of the spec; the status afterwards."""
        found = self.register.objects[KEY]
        section(found, "spec").update(spec)
        await self.worker.attend(KEY)
        return section(self.register.objects.get(KEY, {}), "status")

    async def download(self, status: Manifest) -> dict[str, bytes]:
        artifact = Artifact.model_validate(status["artifact"])
        return dict(await Downloads(self.session, self.store.clock).tree(artifact))


@asynccontextmanager
async def controller(tmp_path: Path) -> AsyncIterator[Controller]:
    (tmp_path / "remote").mkdir(exist_ok=True)
    remote = Repository(tmp_path / "remote" / "apps.git")
    clock = StandingClock()
    with serving(tmp_path / "remote") as server:
        register = FakeRegister(
            {
                "apiVersion": "source.toolkit.fluxcd.io/v1",
                "kind": "GitRepository",
                "metadata": {"name": "apps", "namespace": "flux-system", "generation": 1},
                "spec": {"url": server.of(remote), "interval": "1m", "ref": {"branch": "main"}},
            }
        )
        store = Store(tmp_path / "data", clock)
        storage = DiskStorage(store)
        offers = Offers({KIND: register})
        artifacts = ArtifactServer(storage, offers, "127.0.0.1", 0)
        secrets = Secrets({})
        credentials = SecretCredentials(secrets, Nobody())
        remotes = Remotes(tmp_path / "data" / ".mirrors", clock)
        address = StorageAddress("", "127.0.0.1", artifacts)
        submodules = GitSubmodules(credentials, remotes)
        shelf = Publication(Shelf(KIND, storage, offers, address, clock), submodules)
        upstream = GitUpstream(credentials, remotes, Arrivals(clock))
        pace = Pace(Backoff(timedelta(seconds=1), timedelta(minutes=1)), 0, lambda: 0.5)
        around = Surroundings(register, register, register, clock, pace)
        worker = Worker(
            subject_of(
                GitRepositoryReconciler(
                    upstream,
                    SignatureVerification(secrets, clock),
                    WatchedIncludes(register, timedelta(seconds=30)),
                    shelf,
                )
            ),
            Queue(),
            around,
        )
        async with asyncio.TaskGroup() as tasks, aiohttp.ClientSession() as session:
            running = tasks.create_task(artifacts.run())
            yield Controller(worker, register, store, remote, server, session, secrets)
            running.cancel()
    remote.close()


def said(status: Manifest) -> dict[str, tuple[str, str, str]]:
    """The conditions: status, reason and message by type."""
    return {c["type"]: (c["status"], c["reason"], c["message"]) for c in status["conditions"]}


async def test_a_commit_can_be_downloaded_and_is_verified(tmp_path):
    async with controller(tmp_path) as source:
        commit = source.remote.commit({"a.yaml": "one", "b.png": "picture"})

        status = await source.attend()

        message = f"stored artifact for revision 'main@sha1:{commit}'"
        assert said(status) == {
            "Ready": ("True", "Succeeded", message),
            "ArtifactInStorage": ("True", "Succeeded", message),
        }
        assert status["observedGeneration"] == 1
        assert status["artifact"]["path"] == f"gitrepository/flux-system/apps/{commit}.tar.gz"
        assert await source.download(status) == {"a.yaml": b"one"}


async def test_an_attempt_without_news_writes_nothing_to_the_cluster_and_asks_once(tmp_path):
    async with controller(tmp_path) as source:
        source.remote.commit({"a.yaml": "one"})
        await source.attend()
        writes, source.server.conversations[:] = len(source.register.writes), []

        await source.attend()

        assert len(source.register.writes) == writes
        assert [talk.command for talk in source.server.conversations] == ["ls-refs"]
        assert source.register.notes[-1].reason == "ArtifactUpToDate"


async def test_what_is_served_stays_as_it_is_whatever_fails(tmp_path):
    async with controller(tmp_path) as source:
        source.remote.commit({"a.yaml": "one"})
        good = await source.attend()
        file = source.store.path(good["artifact"]["path"])
        before = digest_of(file.read_bytes())
        broken = source.remote.raw_tree((b"..", 0o100644, source.remote.blob()))
        troubles = [
            lambda: source.remote.commit_tree(broken),
            lambda: setattr(source.server, "interfere", lambda h, b: send(h, 500)),
            lambda: setattr(source.server, "interfere", lambda h, b: send(h, 401)),
        ]

        for trouble in troubles:
            trouble()
            status = await source.attend()

            assert status["artifact"] == good["artifact"]
            assert said(status)["Ready"][:2] == ("False", "GitOperationFailed")
            assert said(status)["FetchFailed"][:2] == ("True", "GitOperationFailed")
            assert said(status)["ArtifactInStorage"][0] == "True"
            assert await source.download(status) == {"a.yaml": b"one"}
            assert digest_of(file.read_bytes()) == before == good["artifact"]["digest"]


async def test_after_the_trouble_the_conditions_are_as_if_there_had_been_none(tmp_path):
    async with controller(tmp_path) as source:
        source.remote.commit({"a.yaml": "one"})
        good = await source.attend()
        source.server.interfere = lambda handler, body: send(handler, 503)
        await source.attend()
        source.server.interfere = lambda handler, body: False

        status = await source.attend()

        assert said(status) == said(good)
        assert [note.reason for note in source.register.notes[-2:]] == [
            "ArtifactUpToDate",
            "Succeeded",
        ]


async def test_other_ignore_rules_make_another_artifact_without_a_fetch(tmp_path):
    async with controller(tmp_path) as source:
        source.remote.commit({"a.yaml": "one", "b.md": "words"})
        await source.attend()
        source.server.conversations.clear()

        status = await source.attend(ignore="*.md")

        assert source.server.fetches() == []
        assert status["observedIgnore"] == "*.md"
        assert await source.download(status) == {"a.yaml": b"one"}


async def test_other_directories_make_another_artifact_without_a_fetch(tmp_path):
    async with controller(tmp_path) as source:
        source.remote.commit({"apps/a.yaml": "one", "b.yaml": "two"})
        whole = await source.attend()
        source.server.conversations.clear()

        status = await source.attend(sparseCheckout=["apps"])
        missing = await source.attend(sparseCheckout=["apps", "nowhere"])

        assert source.server.fetches() == []
        assert status["observedSparseCheckout"] == ["apps"]
        assert await source.download(status) == {"apps/a.yaml": b"one"}
        assert status["artifact"]["digest"] != whole["artifact"]["digest"]
        assert missing["artifact"] == status["artifact"]
        assert said(missing)["Ready"][:2] == ("False", "GitOperationFailed")
        assert "'nowhere'" in said(missing)["Ready"][2]


async def test_another_repository_is_copied_in_and_what_may_be_run_stays_so(tmp_path):
    async with controller(tmp_path) as source:
        source.remote.commit({"deploy/run*": "go", "deploy/x/a.yaml": "one", "b": ""}, branch="lib")
        source.remote.commit({"a.yaml": "mine"})
        spec = section(source.register.objects[KEY], "spec")
        library = Key("flux-system", "library")
        source.register.objects[library] = {
            **source.register.objects[KEY],
            "metadata": {"name": "library", "namespace": "flux-system", "generation": 1},
            "spec": {**spec, "ref": {"branch": "lib"}},
        }
        include = {"repository": {"name": "library"}, "fromPath": "deploy", "toPath": "./lib"}

        waiting = await source.attend(include=[include])
        await source.worker.attend(library)
        status = await source.attend()
        offered = section(source.register.objects[library], "status")["artifact"]

        assert said(waiting)["Ready"][:2] == ("False", "NoArtifact")
        assert said(waiting)["IncludeUnavailable"][:2] == ("True", "NoArtifact")
        assert "IncludeUnavailable" not in said(status)
        assert status["includedArtifacts"] == [offered]
        assert status["observedInclude"] == [include]
        found = entries(source.store.path(status["artifact"]["path"]).read_bytes())
        assert [(one.path, one.content, one.executable) for one in found] == [
            ("a.yaml", b"mine", False),
            ("lib/run", b"go", True),
            ("lib/x/a.yaml", b"one", False),
        ]


async def test_only_what_was_signed_by_those_who_are_trusted_is_offered(tmp_path):
    async with controller(tmp_path) as source:
        source.remote.add(Tree())
        source.remote.add(Commit.from_string(signed.commit("ssh-ed25519")))
        tag = source.remote.add(Tag.from_string(signed.tag("ssh-ed25519"))).decode()
        source.remote.point("refs/tags/v-ssh-ed25519", tag)
        verify = {"mode": "TagAndHEAD", "secretRef": {"name": "keys"}}
        ref = {"tag": "v-ssh-ed25519"}
        source.secrets["keys"] = signed.key("pgp-ed25519")

        distrusted = await source.attend(ref=ref, verify=verify)
        source.secrets["keys"] = signed.key("ssh-ed25519")
        good = await source.attend()
        source.secrets["keys"] = signed.key("ssh-rsa3072")
        rotated = await source.attend()

        assert "artifact" not in distrusted
        assert said(distrusted)["Ready"][:2] == ("False", "InvalidTagSignature")
        assert said(distrusted)["SourceVerified"][:2] == ("False", "InvalidTagSignature")
        assert said(good)["SourceVerified"][:2] == ("True", "Succeeded")
        assert good["sourceVerificationMode"] == "TagAndHEAD"
        assert said(rotated)["SourceVerified"][:2] == ("False", "InvalidTagSignature")
        assert rotated["artifact"] == good["artifact"]


async def test_the_way_leads_through_the_proxy_of_the_secret(tmp_path):
    async with controller(tmp_path) as source:
        source.remote.commit({"a.yaml": "one"})
        with serving(tmp_path / "remote") as proxy:
            shown: list[str | None] = []

            def pass_on(handler: BaseHTTPRequestHandler, body: bytes) -> bool:
                shown.append(handler.headers.get("Proxy-Authorization"))
                handler.path = handler.path.removeprefix(source.server.url)
                return False

            proxy.interfere = pass_on
            pair = {"username": "ada", "password": "c4n4ry"}
            source.secrets["proxy"] = {"address": proxy.url, **pair}

            status = await source.attend(proxySecretRef={"name": "proxy"})
            proxy.interfere = lambda handler, body: send(handler, 407, b"c4n4ry")
            refused = await source.attend()
            source.secrets["proxy"] = {}
            broken = await source.attend()

        assert await source.download(status) == {"a.yaml": b"one"}
        assert source.server.conversations == []
        assert set(shown) == {"Basic YWRhOmM0bjRyeQ=="}
        assert said(refused)["Ready"][:2] == ("False", "GitOperationFailed")
        assert said(broken)["Ready"][:2] == ("False", "AuthenticationFailed")
        assert "'flux-system/proxy': the key 'address' is missing" in said(broken)["Ready"][2]
        assert "c4n4ry" not in str(refused) + str(broken)


def holding(remote: Repository, modules: str, **links: str) -> str:
    """A commit with submodules."""
    blob = remote.blob(modules.encode())
    entries = [(name.encode(), 0o160000, commit.encode()) for name, commit in links.items()]
    tree = remote.raw_tree((b".gitmodules", 0o100644, blob), *sorted(entries))
    return remote.commit_tree(tree)


def module(name: str, url: str) -> str:
    return f'[submodule "{name}"]\n\tpath = {name}\n\turl = {url}\n\tupdate = !false\n'


@pytest.fixture
def library(tmp_path) -> Iterator[Repository]:
    (tmp_path / "remote").mkdir()
    remote = Repository(tmp_path / "remote" / "library.git")
    yield remote
    remote.close()


async def test_submodules_are_packed_where_they_belong(tmp_path, library):
    inner = library.commit({"c": "three"}, branch="inner")
    outer = library.commit({"b/run*": "two"})
    async with controller(tmp_path) as source:
        url = source.server.url
        text = module("near", "../library.git") + module("far", f"{url}/library.git")
        holding(
            source.remote, text + module("gone", "../x"), near=outer, far=inner, undeclared=outer
        )

        without = await source.download(await source.attend())
        status = await source.attend(recurseSubmodules=True)

        assert without == {}
        assert await source.download(status) == {"near/b/run": b"two", "far/c": b"three"}
        assert status["observedRecurseSubmodules"]


async def test_the_mirrors_of_submodules_stay_as_long_as_their_repository_is_named(
    tmp_path, library
):
    commit = library.commit({"c": "three"})
    async with controller(tmp_path) as source:
        holding(source.remote, module("near", "../library.git"), near=commit)
        status = await source.attend(recurseSubmodules=True)
        mirrors = tmp_path / "data" / ".mirrors"
        names = {path.name for path in mirrors.iterdir()}
        remotes = Remotes(mirrors, source.store.clock)
        url = source.server.of(source.remote)

        assert remotes.sweep({(url, "")}) == 0
        assert {path.name for path in mirrors.iterdir()} == names
        assert remotes.sweep(set()) == len(names) == 2
        assert status["artifact"]


@pytest.mark.slow
async def test_submodules_of_submodules_are_packed_up_to_a_depth_and_a_number(tmp_path, library):
    innermost = library.commit({"a": "1"})
    chain = [Repository(tmp_path / "remote" / f"r{number}.git") for number in range(6)]
    below, url = innermost, "../library.git"
    tips = []
    for remote in chain:
        below, url = holding(remote, module("m", url), m=below), f"../{remote.path.name}"
        tips.append(below)
        remote.close()
    async with controller(tmp_path) as source:
        holding(source.remote, module("m", "../r1.git"), m=tips[1])
        good = await source.attend(recurseSubmodules=True)
        files = await source.download(good)
        holding(source.remote, module("m", "../r5.git"), m=tips[5])
        deep = await source.attend()
        many = {f"m{number}": innermost for number in range(65)}
        text = "".join(module(name, "../library.git") for name in many)
        holding(source.remote, text, **many)
        wide = await source.attend()

    assert files == {"m/m/m/a": b"1"}
    assert "more than 5 submodules in one another" in said(deep)["Ready"][2]
    assert "more than 64 submodules" in said(wide)["Ready"][2]
    assert wide["artifact"] == good["artifact"]


@pytest.mark.parametrize(
    ("url", "complaint"),
    [
        ("../apps.git", "is a submodule of itself"),
        ("../../../x", "leads out of its host"),
        ("ext::sh -c id", "failed to parse url"),
        ("file:///etc", "the scheme has to be"),
        ("--upload-pack=x", "failed to parse url"),
        ("../nowhere.git", "repository not found"),
    ],
)
async def test_a_submodule_elsewhere_is_refused_and_named(tmp_path, library, url, complaint):
    commit = library.commit({"a": "1"})
    async with controller(tmp_path) as source:
        holding(source.remote, module("bad", url), bad=commit)

        status = await source.attend(recurseSubmodules=True)

        assert said(status)["Ready"][:2] == ("False", "GitOperationFailed")
        assert "submodule 'bad'" in said(status)["Ready"][2]
        assert complaint in said(status)["Ready"][2]
        assert "artifact" not in status


async def test_what_signs_us_in_is_shown_to_no_other_host(tmp_path, library):
    commit = library.commit({"a": "1"})
    async with controller(tmp_path) as source:
        with serving(tmp_path / "remote") as stranger:
            text = module("far", f"{stranger.url}/library.git") + module("near", "../library.git")
            holding(source.remote, text, far=commit, near=commit)
            source.secrets["git"] = {"username": "ada", "password": "c4n4ry"}

            status = await source.attend(recurseSubmodules=True, secretRef={"name": "git"})

        assert set(await source.download(status)) == {"far/a", "near/a"}
        assert all("Authorization" not in talk.headers for talk in stranger.conversations)
        assert all("Authorization" in talk.headers for talk in source.server.conversations)


async def test_what_was_changed_on_the_disk_is_made_anew_from_the_mirror(tmp_path):
    async with controller(tmp_path) as source:
        source.remote.commit({"a.yaml": "one"})
        good = await source.attend()
        source.store.path(good["artifact"]["path"]).write_bytes(b"tampered")
        source.server.conversations.clear()

        status = await source.attend()

        assert status["artifact"]["digest"] == good["artifact"]["digest"]
        assert source.server.fetches() == []
        assert "ArtifactVerificationFailed" in {note.reason for note in source.register.notes}
        assert await source.download(status) == {"a.yaml": b"one"}


async def test_with_the_object_go_its_files(tmp_path):
    async with controller(tmp_path) as source:
        source.remote.commit({"a.yaml": "one"})
        await source.attend()
        found = source.register.objects[KEY]
        section(found, "metadata")["deletionTimestamp"] = "2026-01-01T12:00:00Z"

        await source.worker.attend(KEY)

        assert KEY not in source.register.objects
        assert list((tmp_path / "data" / "gitrepository").rglob("*.gz")) == []


@pytest.mark.parametrize(
    ("address", "host"),
    [
        (":9090", ""),
        ("127.0.0.1:9090", "127.0.0.1"),
        ("[::1]:9090", "::1"),
        ("0.0.0.0:1", "0.0.0.0"),
    ],
)
def test_the_host_of_an_address(address, host):
    assert host_of(address) == host
