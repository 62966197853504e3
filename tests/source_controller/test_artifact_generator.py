"""All of an ArtifactGenerator but the cluster: a worker, a real store, a real server, downloads."""

from __future__ import annotations

import asyncio
import copy
import os
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import aiohttp
import pytest

from shared.api.artifact import Artifact
from shared.artifact.archive import read
from shared.artifact.download import Downloads
from shared.artifact.server import ArtifactServer
from shared.artifact.storage import DiskStorage
from shared.artifact.store import Store
from shared.cluster.error import ClusterError, Conflict, NotFound
from shared.manifest.identity import Kind, Manifest, Ref, metadata, section
from shared.reconcile.key import Key
from shared.reconcile.pace import Backoff
from shared.runtime.queue import Queue
from shared.runtime.subject import Subject
from shared.runtime.worker import Pace, Surroundings, Worker
from source_controller.address import StorageAddress
from source_controller.artifact_generator import (
    FINALIZER,
    ArtifactGeneratorReconciler,
)
from source_controller.artifact_generator import (
    read as parsed,
)
from source_controller.generator.product import GENERATOR_LABEL, MANAGER
from source_controller.generator.showroom import Showroom
from source_controller.generator.supply import ClusterSupply
from source_controller.generator.workshop import Workshop
from source_controller.generator_wiring import ARTIFACT_GENERATOR
from source_controller.offer import Offers
from source_controller.shelf import Shelf as ArtifactShelf
from tests.fake import shelf
from tests.fake.clock import NOON, ManualClock
from tests.fake.register import FakeRegister

KEY = Key("team", "apps")
GIT = Kind.parse("source.toolkit.fluxcd.io/v1", "GitRepository")
WEB = {"name": "web", "copy": [{"from": "@repo/web/**", "to": "@artifact/"}]}
API = {"name": "api", "copy": [{"from": "@repo/api/**", "to": "@artifact/"}]}
MONO = {"web/a.yaml": "1", "api/b.yaml": "1", "docs/readme": "1"}


class StandingClock(ManualClock):
    """Nothing lasts: no stage is under way for so long that it is written down."""

    async def sleep(self, duration: timedelta) -> None:
        await asyncio.Event().wait()


@dataclass
class Cluster:
    """ExternalArtifacts and sources: the client of one, the watch of the other."""

    objects: dict[tuple[str, str, str], Manifest] = field(default_factory=dict)
    writes: list[str] = field(default_factory=list)
    refuses: ClusterError | None = None
    refuses_deletion: bool = False

    def put(self, manifest: Manifest) -> None:
        meta = metadata(manifest)
        place = (str(manifest["kind"]), str(meta["namespace"]), str(meta["name"]))
        self.objects[place] = manifest

    def of(self, kind: str) -> Watch:
        return Watch(self, kind)

    async def get(self, ref: Ref) -> Manifest:
        found = self.objects.get((ref.kind, ref.namespace, ref.name))
        if found is None:
            raise NotFound("not found", status=404)
        return copy.deepcopy(found)

    async def apply(
        self, manifest: Manifest, *, manager: str, force: bool = True, subresource: str = ""
    ) -> Manifest:
        if self.refuses:
            raise self.refuses
        assert manager == MANAGER
        name = metadata(manifest)["name"]
        self.writes.append(f"{name}{'/' if subresource else ''}{subresource}")
        place = ("ExternalArtifact", KEY.namespace, str(name))
        found = self.objects.setdefault(place, {"kind": "ExternalArtifact", "metadata": {}})
        if subresource:
            found["status"] = copy.deepcopy(manifest["status"])
        else:
            found |= copy.deepcopy(manifest)
            metadata(found).setdefault("uid", f"uid-{name}")
            metadata(found)["generation"] = 1
        return found

    async def delete(self, ref: Ref, *, uid: str = "") -> None:
        found = self.objects.get((ref.kind, ref.namespace, ref.name))
        if self.refuses_deletion or found is None or metadata(found).get("uid") != uid:
            raise Conflict("another one", status=409)
        self.writes.append(f"-{ref.name}")
        del self.objects[ref.kind, ref.namespace, ref.name]


@dataclass
class Watch:
    cluster: Cluster
    kind: str

    def find(self, namespace: str, name: str) -> Manifest | None:
        return copy.deepcopy(self.cluster.objects.get((self.kind, namespace, name)))

    def all(self) -> list[Manifest]:
        return [one for place, one in self.cluster.objects.items() if place[0] == self.kind]

    def is_synced(self) -> bool:
        return True


@dataclass
class World:
    worker: Worker
    register: FakeRegister
    cluster: Cluster
    store: Store
    source: shelf.Shelf
    downloads: Downloads

    async def attend(self, **spec: object) -> Manifest:
        """One attempt, with changes of the spec; the status afterwards."""
        found = self.register.objects[KEY]
        if spec:
            section(found, "spec").update(spec)
            metadata(found)["generation"] = int(str(metadata(found)["generation"])) + 1
        await self.worker.attend(KEY)
        return section(self.register.objects.get(KEY, {}), "status")

    def commit(self, revision: str, files: Mapping[str, str], namespace: str = "team") -> None:
        """A source offers another revision."""
        meta = {"name": "mono", "namespace": namespace}
        status = {"artifact": self.source.put(revision, files)}
        self.cluster.put(
            {
                "apiVersion": GIT.api_version,
                "kind": "GitRepository",
                "metadata": meta,
                "status": status,
            }
        )

    def product(self, name: str) -> Manifest:
        return self.cluster.objects["ExternalArtifact", "team", name]

    def artifact(self, name: str) -> Artifact:
        return Artifact.model_validate(section(self.product(name), "status")["artifact"])

    async def files(self, name: str) -> dict[str, bytes]:
        return dict(await self.downloads.tree(self.artifact(name)))

    def reasons(self) -> list[tuple[str, str]]:
        return [(note.severity, note.message) for note in self.register.notes]


@asynccontextmanager
async def world(tmp_path: Path, **spec: object) -> AsyncIterator[World]:
    clock = StandingClock()
    register = FakeRegister(
        {
            "apiVersion": "source.extensions.fluxcd.io/v1beta1",
            "kind": "ArtifactGenerator",
            "metadata": {"name": "apps", "namespace": "team", "generation": 1, "uid": "u-1"},
            "spec": {
                "sources": [{"alias": "repo", "kind": "GitRepository", "name": "mono"}],
                "artifacts": [WEB, API],
                **spec,
            },
        },
        finalizer=FINALIZER,
    )
    cluster = Cluster()
    products = cluster.of("ExternalArtifact")
    store = Store(tmp_path / "data", clock)
    storage, offers = DiskStorage(store), Offers({"externalartifact": products})
    server = ArtifactServer(storage, offers, "127.0.0.1", 0)
    address = StorageAddress("", "127.0.0.1", server)
    async with (
        shelf.standing() as source,
        asyncio.TaskGroup() as tasks,
        aiohttp.ClientSession() as session,
    ):
        downloads = Downloads(session, clock)
        story = ArtifactGeneratorReconciler(
            ClusterSupply(
                cluster,
                {GIT: cluster.of("GitRepository")},
                downloads,
                timedelta(seconds=5),
                tmp_path / "scratch",
            ),
            Workshop(
                ArtifactShelf("externalartifact", storage, offers, address, clock),
                products,
                tmp_path / "scratch",
            ),
            Showroom(cluster, products, clock),
        )
        subject = Subject(
            kind=ARTIFACT_GENERATOR,
            parse=parsed,
            status_of=lambda generator: generator.status,
            reconciler=story,
            owned=frozenset(),
            manager=MANAGER,
            limit=lambda _: timedelta(minutes=1),
            retry=lambda _: None,
            finalizer=FINALIZER,
        )
        pace = Pace(Backoff(timedelta(seconds=1), timedelta(minutes=1)), 0, lambda: 0.5)
        around = Surroundings(register, register, register, clock, pace)
        running = tasks.create_task(server.run())
        yield World(Worker(subject, Queue(), around), register, cluster, store, source, downloads)
        running.cancel()


def ready(status: Manifest) -> tuple[str, str, str]:
    [found] = [one for one in status["conditions"] if one["type"] == "Ready"]
    return found["status"], found["reason"], found["message"]


async def test_artifacts_are_cut_out_of_a_source_and_offered(tmp_path):
    async with world(
        tmp_path, commonMetadata={"labels": {"a": "b"}, "annotations": {"c": "d"}}
    ) as w:
        w.commit("1" * 40, MONO)

        status = await w.attend()

        assert ready(status) == (
            "True", "Succeeded", "reconciliation succeeded, generated 2 artifact(s)",
        )  # fmt: skip
        assert await w.files("web") == {"a.yaml": b"1"}
        assert await w.files("api") == {"b.yaml": b"1"}
        offered = w.artifact("web")
        assert offered.revision == f"latest@{offered.digest}"
        assert offered.path.startswith("externalartifact/team/web/")
        assert status["inventory"][0] == {
            "digest": offered.digest,
            "filename": offered.path.rpartition("/")[2],
            "name": "web",
            "namespace": "team",
        }
        product = w.product("web")
        assert metadata(product)["labels"] == {
            "a": "b",
            "app.kubernetes.io/managed-by": "source-watcher",
            "source.extensions.fluxcd.io/generator": "u-1",
        }
        assert metadata(product)["annotations"] == {"c": "d"}
        assert product["spec"]["sourceRef"] == {
            "apiVersion": "source.extensions.fluxcd.io/v1beta1",
            "kind": "ArtifactGenerator",
            "name": "apps",
            "namespace": "team",
        }
        [condition] = product["status"]["conditions"]
        assert (condition["type"], condition["status"]) == ("Ready", "True")
        assert condition["message"] == "Artifact is ready"
        said = [message for severity, message in w.reasons() if severity == "info"]
        assert len(said) == 1
        assert said[0].startswith(f"external artifacts reconciled: team/web ({offered.digest})")


async def test_only_what_has_other_files_is_changed(tmp_path):
    async with world(tmp_path) as w:
        w.commit("1" * 40, MONO)
        await w.attend()
        web, api = w.artifact("web"), w.artifact("api")
        w.cluster.writes.clear()
        w.register.notes.clear()

        w.commit("2" * 40, MONO | {"web/a.yaml": "2", "docs/readme": "2"})
        await w.attend()

        assert w.cluster.writes == ["web", "web/status"]
        assert w.artifact("api") == api
        assert w.artifact("web").digest != web.digest
        assert await w.files("web") == {"a.yaml": b"2"}
        [said] = [message for severity, message in w.reasons() if severity == "info"]
        assert "team/web" in said
        assert "team/api" not in said


async def test_a_commit_elsewhere_changes_nothing(tmp_path):
    async with world(tmp_path) as w:
        w.commit("1" * 40, MONO)
        first = await w.attend()
        stored = w.store.path(w.artifact("web").path).stat().st_mtime_ns
        w.cluster.writes.clear()
        w.register.notes.clear()

        w.commit("2" * 40, MONO | {"docs/readme": "2"})
        second = await w.attend()

        assert w.cluster.writes == []
        assert second["inventory"] == first["inventory"]
        assert second["observedSourcesDigest"] != first["observedSourcesDigest"]
        assert {severity for severity, _ in w.reasons()} == {"trace"}
        assert w.store.path(w.artifact("web").path).stat().st_mtime_ns == stored


async def test_without_news_nothing_is_fetched_or_written(tmp_path):
    async with world(tmp_path) as w:
        w.commit("1" * 40, MONO)
        await w.attend()
        fetches, writes = w.downloads.fetches, len(w.register.writes)
        w.cluster.writes.clear()

        await w.attend()

        assert (w.downloads.fetches, len(w.register.writes)) == (fetches, writes)
        assert w.cluster.writes == []
        assert w.reasons()[-1] == ("trace", "No drift detected, 2 artifact(s) up to date")


async def test_a_revision_and_an_origin_can_be_taken_over(tmp_path):
    async with world(
        tmp_path, artifacts=[{**WEB, "revision": "@repo", "originRevision": "@repo"}]
    ) as w:
        w.commit("1" * 40, MONO)
        await w.attend()
        w.cluster.writes.clear()

        assert w.artifact("web").revision == f"main@sha1:{'1' * 40}"
        assert w.artifact("web").origin_revision == f"main@sha1:{'1' * 40}"

        w.commit("2" * 40, MONO | {"docs/readme": "2"})
        before = w.artifact("web")
        await w.attend()

        assert w.artifact("web").revision == f"main@sha1:{'2' * 40}"
        assert w.artifact("web").digest == before.digest
        assert w.artifact("web").last_update_time == before.last_update_time


async def test_an_artifact_keeps_the_origin_of_its_files(tmp_path):
    outputs = [{**WEB, "originRevision": "@repo"}, {**API, "originRevision": "@repo"}]
    async with world(tmp_path, artifacts=outputs) as w:
        w.commit("1" * 40, MONO)
        await w.attend()
        w.cluster.writes.clear()

        w.commit("2" * 40, MONO | {"web/a.yaml": "2"})
        await w.attend()

        assert w.artifact("web").origin_revision == f"main@sha1:{'2' * 40}"
        assert w.artifact("api").origin_revision == f"main@sha1:{'1' * 40}"
        assert w.cluster.writes == ["web", "web/status"]

        await w.attend(artifacts=[WEB, API])
        assert w.artifact("api").metadata == {}


@pytest.mark.parametrize("damage", ["gone", "changed"])
async def test_what_is_damaged_in_the_store_is_made_anew(tmp_path, damage):
    async with world(tmp_path) as w:
        w.commit("1" * 40, MONO)
        await w.attend()
        file = w.store.path(w.artifact("web").path)
        good = file.read_bytes()
        file.unlink() if damage == "gone" else file.write_bytes(b"tampered")

        status = await w.attend()

        assert ready(status)[0] == "True"
        assert file.read_bytes() == good
        assert await w.files("web") == {"a.yaml": b"1"}


async def test_an_object_that_was_removed_or_changed_is_put_right(tmp_path):
    async with world(tmp_path) as w:
        w.commit("1" * 40, MONO)
        await w.attend()
        good = copy.deepcopy(w.product("api"))
        del w.cluster.objects["ExternalArtifact", "team", "web"]
        section(w.product("api"), "status")["artifact"] = {**good["status"]["artifact"], "url": "x"}

        await w.attend()

        assert w.product("api")["status"]["artifact"]["url"] == good["status"]["artifact"]["url"]
        assert await w.files("web") == {"a.yaml": b"1"}


async def test_labels_that_are_asked_for_later_are_put_on_and_nothing_is_stored_anew(tmp_path):
    async with world(tmp_path) as w:
        w.commit("1" * 40, MONO)
        await w.attend()
        digest = w.artifact("web").digest

        await w.attend(commonMetadata={"labels": {"shard": "1"}})

        assert metadata(w.product("web"))["labels"]["shard"] == "1"
        assert w.artifact("web").digest == digest


async def test_what_is_not_asked_for_any_more_goes_with_its_files(tmp_path):
    async with world(tmp_path) as w:
        w.commit("1" * 40, MONO)
        await w.attend()
        file = w.store.path(w.artifact("api").path)
        persisted = len(w.register.writes)

        status = await w.attend(artifacts=[WEB])

        assert ("ExternalArtifact", "team", "api") not in w.cluster.objects
        assert not file.exists()
        assert [entry["name"] for entry in status["inventory"]] == ["web"]
        # Before anything was removed, the inventory still had it.
        before = w.register.writes[persisted]["inventory"]
        assert {entry["name"] for entry in before} == {"web", "api"}


async def test_with_the_generator_go_its_artifacts(tmp_path):
    async with world(tmp_path) as w:
        w.commit("1" * 40, MONO)
        await w.attend()
        files = [w.store.path(w.artifact(name).path) for name in ("web", "api")]
        metadata(w.register.objects[KEY])["deletionTimestamp"] = "2026-01-01T12:00:00Z"

        await w.worker.attend(KEY)

        assert KEY not in w.register.objects
        assert [place for place in w.cluster.objects if place[0] == "ExternalArtifact"] == []
        assert not any(file.exists() for file in files)


async def test_an_artifact_of_somebody_else_is_left_alone(tmp_path):
    async with world(tmp_path) as w:
        theirs: Manifest = {
            "kind": "ExternalArtifact",
            "metadata": {"name": "web", "namespace": "team", "labels": {GENERATOR_LABEL: "u-2"}},
            "spec": {"sourceRef": {"kind": "Baker", "name": "x", "namespace": "team"}},
        }
        w.cluster.put(copy.deepcopy(theirs))
        w.commit("1" * 40, MONO)

        status = await w.attend()

        assert ready(status) == (
            "False",
            "ReconciliationFailed",
            "ExternalArtifact/team/web belongs to Baker/team/x: one of the two needs another name",
        )
        assert w.product("web") == theirs

        metadata(w.register.objects[KEY])["deletionTimestamp"] = "2026-01-01T12:00:00Z"
        await w.worker.attend(KEY)
        assert w.product("web") == theirs


async def test_a_generator_of_the_same_name_takes_over_what_an_earlier_one_left(tmp_path):
    async with world(tmp_path) as w:
        w.commit("1" * 40, MONO)
        await w.attend()
        metadata(w.product("web"))["labels"][GENERATOR_LABEL] = "u-0"

        assert ready(await w.attend())[0] == "True"
        assert metadata(w.product("web"))["labels"][GENERATOR_LABEL] == "u-1"


@pytest.mark.parametrize("namespace", ["team", "other"])
async def test_a_source_that_is_not_there_is_waited_for(tmp_path, namespace):
    source = {"alias": "repo", "kind": "GitRepository", "name": "mono", "namespace": namespace}
    async with world(tmp_path, sources=[source]) as w:
        status = await w.attend()

        assert ready(status) == (
            "False",
            "SourceFetchFailed",
            f"get sources failed: unable to get source 'GitRepository/{namespace}/mono': not found",
        )
        assert {severity for severity, _ in w.reasons()} == {"trace"}

        w.commit("1" * 40, MONO, namespace)
        assert ready(await w.attend())[0] == "True"


async def test_a_source_without_an_artifact_is_waited_for(tmp_path):
    async with world(tmp_path) as w:
        w.commit("1" * 40, MONO)
        w.cluster.objects["GitRepository", "team", "mono"].pop("status")

        assert "it has no artifact yet" in ready(await w.attend())[2]


async def test_an_artifact_that_is_gone_from_its_server_is_waited_for(tmp_path):
    async with world(tmp_path) as w:
        w.commit("1" * 40, MONO)
        w.source.tarballs.clear()

        status = await w.attend()

        assert ready(status)[:2] == ("False", "SourceFetchFailed")
        assert "artifact not found" in ready(status)[2]


async def test_bytes_that_are_not_what_a_source_says_are_not_used(tmp_path):
    async with world(tmp_path) as w:
        w.commit("1" * 40, MONO)
        w.source.tarballs[f"{'1' * 40}.tar.gz"] = b"tampered"

        status = await w.attend()

        assert ready(status)[:2] == ("False", "SourceFetchFailed")
        assert "digest mismatch" in ready(status)[2]


async def test_a_copy_that_cannot_be_made_is_said_with_its_artifact(tmp_path):
    async with world(tmp_path) as w:
        w.commit("1" * 40, MONO)
        good = await w.attend()
        w.commit("2" * 40, {"web/a.yaml": "2"})

        status = await w.attend()

        assert ready(status) == (
            "False",
            "BuildFailed",
            "api build failed: copy from '@repo/api/**' to '@artifact/': no files match pattern "
            "'api/**' in source 'repo'",
        )
        assert status["inventory"] == good["inventory"]
        assert await w.files("api") == {"b.yaml": b"1"}


async def test_a_pattern_that_makes_no_artifacts_stalls(tmp_path):
    async with world(tmp_path, pathPattern="@repo/{app", artifacts=[{**WEB, "name": "{app}"}]) as w:
        w.commit("1" * 40, MONO)

        status = await w.attend()

        assert ready(status)[:2] == ("False", "BuildFailed")
        assert {one["type"] for one in status["conditions"]} == {"Ready", "Stalled"}


async def test_directories_make_artifacts_and_those_that_go_take_theirs_along(tmp_path):
    output = {"name": "app-{app}", "copy": [{"from": "@repo/{app}/**", "to": "@artifact/"}]}
    async with world(tmp_path, pathPattern="@repo/{app}", artifacts=[output]) as w:
        w.commit("1" * 40, MONO)
        first = await w.attend()
        w.commit("2" * 40, {"web/a.yaml": "1", "new/x": "1"})
        second = await w.attend()

        names = [[entry["name"] for entry in one["inventory"]] for one in (first, second)]
        assert names == [["app-api", "app-docs", "app-web"], ["app-new", "app-web"]]
        assert metadata(w.product("app-new"))["labels"]["app"] == "new"
        assert ("ExternalArtifact", "team", "app-api") not in w.cluster.objects


async def test_what_is_not_on_offer_any_more_is_let_go_of(tmp_path):
    async with world(tmp_path, artifacts=[WEB]) as w:
        for number in range(1, 6):
            w.commit(str(number) * 40, {"web/a.yaml": str(number)})
            await w.attend()
            for file in (w.store.root / "externalartifact/team/web").glob("*.gz"):
                # An hour passes.
                os.utime(file, (NOON.timestamp() - 3600,) * 2)

        left = list((w.store.root / "externalartifact/team/web").glob("*.gz"))
        # The one on offer, and the one that it took the place of.
        assert len(left) == 2
        assert await w.files("web") == {"a.yaml": b"5"}


async def test_a_cluster_that_refuses_is_said(tmp_path):
    async with world(tmp_path) as w:
        w.commit("1" * 40, MONO)
        w.cluster.refuses = ClusterError("the server is away", status=503)

        status = await w.attend()

        assert ready(status) == ("False", "ReconciliationFailed", "the server is away")
        # What was about to be offered is remembered: it is not lost if the process ends here.
        assert [entry["name"] for entry in status["inventory"]] == ["web", "api"]

        w.cluster.refuses = None
        assert ready(await w.attend())[0] == "True"
        assert await w.files("api") == {"b.yaml": b"1"}


async def test_what_could_not_be_taken_back_is_taken_back_another_time(tmp_path):
    async with world(tmp_path) as w:
        w.commit("1" * 40, MONO)
        await w.attend()
        w.cluster.refuses_deletion = True

        status = await w.attend(artifacts=[WEB])
        assert ready(status)[:2] == ("False", "ReconciliationFailed")
        assert {entry["name"] for entry in status["inventory"]} == {"web", "api"}

        w.cluster.refuses_deletion = False
        status = await w.attend()
        assert ready(status)[0] == "True"
        assert [entry["name"] for entry in status["inventory"]] == ["web"]
        assert ("ExternalArtifact", "team", "api") not in w.cluster.objects


async def test_a_generator_that_is_switched_off_does_nothing(tmp_path):
    async with world(tmp_path) as w:
        metadata(w.register.objects[KEY])["annotations"] = {
            "source.extensions.fluxcd.io/reconcile": "Disabled"
        }
        w.commit("1" * 40, MONO)

        assert await w.attend() == {}
        assert w.cluster.writes == []


async def test_what_is_offered_is_what_the_server_gives_and_nothing_else(tmp_path):
    async with world(tmp_path) as w:
        w.commit("1" * 40, MONO)
        await w.attend()
        stored = w.store.path(w.artifact("web").path).read_bytes()

        assert set(read(stored)) == {"a.yaml"}
