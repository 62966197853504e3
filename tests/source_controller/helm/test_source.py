"""The source that a HelmChart names: is it there, and what is built of it."""

from __future__ import annotations

import io
import tarfile
from datetime import timedelta
from pathlib import Path

import pytest

from shared.api.artifact import Artifact
from shared.api.helm_chart import HelmChart, HelmChartStatus
from shared.artifact.storage import DiskStorage
from shared.artifact.store import Store
from shared.artifact.tarball import Entry, pack
from shared.manifest.identity import Manifest
from shared.problem import Problem
from shared.reconcile.failure import Failure, Retryable, Stalled, Waiting
from source_controller.helm.access import bare
from source_controller.helm.archive import Limits
from source_controller.helm.build import Unsigned, versioned
from source_controller.helm.dependency import RepositoryDependencies
from source_controller.helm.index import index_of
from source_controller.helm.index_cache import IndexCache
from source_controller.helm.known import KnownRepositories
from source_controller.helm.local import LocalBuilder
from source_controller.helm.problem import InvalidCredential
from source_controller.helm.remote import RemoteBuilder
from source_controller.helm.repository import Indexes
from source_controller.helm.source import ChartSources
from source_controller.helm.web import Web
from tests.fake.clock import NOON, ManualClock
from tests.fake.helm_repository import chart_files, standing

GIT = "gitrepository/apps/git/1.tar.gz"
COMMIT = "0123456789abcdef0123456789abcdef01234567"


class Kind(dict[tuple[str, str], Manifest]):
    def find(self, namespace: str, name: str) -> Manifest | None:
        return self.get((namespace, name))

    def all(self) -> list[Manifest]:
        return list(self.values())


class Accesses:
    """Everybody is nobody; `fault`: what is wrong instead."""

    fault: Problem | None = None

    async def of(self, repo):
        if self.fault:
            raise self.fault
        return bare(repo.spec.url)


class Nobody:
    """Trusts nobody."""

    async def of(self, chart):
        raise Problem("no keys")


class Place:
    """All that a chart can be built from."""

    def __init__(self, root: Path) -> None:
        self.clock = ManualClock()
        self.storage = DiskStorage(Store(root, self.clock))
        self.kinds = {kind: Kind() for kind in ("HelmRepository", "GitRepository", "Bucket")}
        self.accesses = Accesses()
        indexes = Indexes(Web(self.clock))
        self.cache = IndexCache(self.clock, most=2)
        known = KnownRepositories(
            self.kinds["HelmRepository"], self.accesses, indexes, self.storage, self.cache, Limits()
        )
        self.sources = ChartSources(
            self.kinds,
            known,
            self.storage,
            Nobody(),
            RemoteBuilder(Limits()),
            LocalBuilder(Limits(), RepositoryDependencies(known)),
            timedelta(seconds=30),
        )

    def add(self, kind: str, name: str, spec: Manifest, artifact: Artifact | None = None) -> None:
        status = {"artifact": artifact.model_dump(mode="json", by_alias=True)} if artifact else {}
        self.kinds[kind]["apps", name] = {
            "apiVersion": "source.toolkit.fluxcd.io/v1",
            "kind": kind,
            "metadata": {"name": name, "namespace": "apps"},
            "spec": spec,
            "status": status,
        }

    async def store(self, path: str, content: bytes, revision: str) -> Artifact:
        stored = await self.storage.put(path, lambda sink: sink.write(content))
        return Artifact(
            digest=stored.digest, last_update_time=NOON, path=path, revision=revision, url="u"
        )

    async def git(self, kind: str = "GitRepository", revision: str = "") -> None:
        files = chart_files("app", "0.1.0")
        entries = [Entry(f"charts/app/{path}", text.encode()) for path, text in files.items()]
        artifact = await self.store(GIT, pack(entries), revision or f"main@sha1:{COMMIT}")
        self.add(kind, "git", {}, artifact)

    async def build(self, chart: HelmChart, offered: Artifact | None = None):
        return await (await self.sources.of(chart)).build(chart, offered)


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path)


def chart(kind: str, name: str, status: HelmChartStatus | None = None, **spec: object) -> HelmChart:
    made = HelmChart.model_validate(
        {
            "metadata": {"name": "web", "namespace": "apps", "generation": 7},
            "spec": {
                "chart": "web", "interval": "1m", "sourceRef": {"kind": kind, "name": name}, **spec,
            },
        }
    )  # fmt: skip
    return made.model_copy(update={"status": status}) if status else made


def git(**spec: object) -> HelmChart:
    return chart("GitRepository", "git", **{"chart": "charts/app", **spec})


async def failure(place: Place, one: HelmChart) -> Failure:
    with pytest.raises(Failure) as caught:
        await place.build(one)
    return caught.value


async def test_a_source_that_is_not_there_is_named_with_its_kind(place):
    found = await failure(place, chart("Bucket", "gone"))

    assert (found.reason, found.condition) == ("SourceUnavailable", "FetchFailed")
    assert found.message == (
        'failed to get source: buckets.source.toolkit.fluxcd.io "gone" not found'
    )


@pytest.mark.parametrize("kind", ["HelmRepository", "GitRepository", "Bucket"])
async def test_a_source_that_offers_nothing_yet_is_waited_for(place, kind):
    place.add(kind, "new", {"url": "https://x.example"})

    found = await failure(place, chart(kind, "new"))

    assert isinstance(found, Waiting)
    assert (found.reason, found.retry_in) == ("NoSourceArtifact", timedelta(seconds=30))


async def test_an_artifact_that_is_not_stored_here_any_more_is_waited_for(place):
    await place.git()
    place.storage.store.discard(GIT)

    found = await failure(place, git())

    assert (type(found), found.reason) == (Waiting, "NoSourceArtifact")


async def test_a_source_that_has_not_the_shape_of_its_kind_is_said(place):
    place.add("HelmRepository", "odd", {"url": ["x"]})

    assert (await failure(place, chart("HelmRepository", "odd"))).reason == "SourceUnavailable"


@pytest.mark.parametrize(
    ("revision", "spec", "version"),
    [
        (f"main@sha1:{COMMIT}", {}, "0.1.0"),
        (f"main@sha1:{COMMIT}", {"reconcileStrategy": "Revision"}, f"0.1.0+{COMMIT[:12]}"),
        (f"sha1:{COMMIT}", {"reconcileStrategy": "Revision"}, f"0.1.0+{COMMIT[:12]}"),
        (f"sha256:{COMMIT}", {"reconcileStrategy": "Revision"}, f"0.1.0+{COMMIT[:12]}"),
        (f"main/{COMMIT}", {"reconcileStrategy": "Revision"}, f"0.1.0+{COMMIT[:12]}"),
        (f"main@sha1:{COMMIT}", {"valuesFiles": ["charts/app/values-prod.yaml"]}, "0.1.0+7"),
        (
            f"main@sha1:{COMMIT}",
            {"reconcileStrategy": "Revision", "valuesFiles": ["charts/app/values-prod.yaml"]},
            f"0.1.0+{COMMIT[:12]}.7",
        ),
        (f"main@sha1:{COMMIT}", {"valuesFiles": ["values.yaml"]}, "0.1.0"),
    ],
)
async def test_the_version_says_of_what_it_was_made(place, revision, spec, version):
    await place.git(revision=revision)

    assert (await place.build(git(**spec))).version == version


def test_a_version_that_nothing_can_be_added_to_stalls_the_chart():
    with pytest.raises(Stalled, match="failed to parse version from chart metadata") as stalled:
        versioned("one.two", "7")

    assert (stalled.value.reason, stalled.value.condition) == ("MetadataPatchError", "BuildFailed")


async def test_a_bucket_is_built_from_as_git_is(place):
    await place.git(kind="Bucket", revision=f"sha256:{'ab' * 32}")
    wanted = chart("Bucket", "git", chart="charts/app", reconcileStrategy="Revision")

    assert (await place.build(wanted)).version == "0.1.0+abababababab"


async def test_an_artifact_that_was_tampered_with_is_not_built_from(place):
    await place.git()
    place.storage.store.path(GIT).write_bytes(b"tampered")

    found = await failure(place, git())

    assert isinstance(found, Retryable)
    assert (found.reason, found.condition) == ("ReadOperationFailed", "FetchFailed")


async def test_another_spec_builds_anew_and_the_same_one_does_not(place):
    await place.git()
    offered = await place.store("helmchart/apps/web/app-0.1.0.tgz", b"x", "0.1.0")
    same = HelmChartStatus(observed_generation=7, observed_chart_name="app")
    other = HelmChartStatus(observed_generation=6, observed_chart_name="app")

    kept = await place.build(chart("GitRepository", "git", same, chart="charts/app"), offered)
    built = await place.build(chart("GitRepository", "git", other, chart="charts/app"), offered)

    assert kept.write is None
    assert built.write is not None


async def indexed(place: Place, there) -> None:
    made = bytearray()

    class Sink:
        def write(self, data: bytes, /) -> None:
            made.extend(data)

    index_of(there.files["index.yaml"]).write(Sink())
    artifact = await place.store(
        "helmrepository/apps/charts/index-1.yaml", bytes(made), there.revision
    )
    place.add("HelmRepository", "charts", {"url": there.url, "interval": "1m"}, artifact)


async def test_a_chart_is_looked_up_in_the_index_on_offer_and_remembered(place):
    async with standing() as there:
        data = there.add("web", "1.0.0")
        await indexed(place, there)
        wanted = chart("HelmRepository", "charts")

        build = await place.build(wanted)
        again = await place.build(wanted)

    made = io.BytesIO()
    build.write(made)
    assert made.getvalue() == data
    assert (build.version, again.version) == ("1.0.0", "1.0.0")
    assert [path for path, _ in there.asked] == ["charts/web-1.0.0.tgz"] * 2
    assert dict(place.cache.events) == {
        ("cache_miss", "charts", "apps"): 1,
        ("cache_hit", "charts", "apps"): 1,
    }


async def test_values_files_of_the_chart_take_the_place_of_its_own(place):
    async with standing() as there:
        there.add("web", "1.0.0")
        await indexed(place, there)
        files = {"valuesFiles": ["values.yaml", "./values-prod.yaml"]}

        build = await place.build(chart("HelmRepository", "charts", **files))

    made = io.BytesIO()
    build.write(made)
    with tarfile.open(fileobj=io.BytesIO(made.getvalue())) as archive:
        values = archive.extractfile("web/values.yaml").read()
    assert values == b"image:\n  tag: new\nreplicas: 1\n"
    assert (build.version, build.packed) == ("1.0.0+7", True)


@pytest.mark.parametrize(
    ("files", "why"),
    [
        (["gone.yaml"], "no values file found at path 'gone.yaml'"),
        (["templates/config.yaml"], "no values file found"),
        (["Chart.yaml"], "no values file found"),
        (["../../../etc/passwd"], "no values file found"),
    ],
)
async def test_values_come_from_nowhere_else(place, files, why):
    async with standing() as there:
        there.add("web", "1.0.0")
        await indexed(place, there)

        found = await failure(place, chart("HelmRepository", "charts", valuesFiles=files))

    assert isinstance(found, Stalled)
    assert (found.reason, why in found.message) == ("ValuesFilesError", True)


async def test_who_is_not_let_in_is_told_so_and_by_which_repository(place):
    async with standing() as there:
        there.add("web", "1.0.0")
        await indexed(place, there)
        there.login = ("ada", "c4n4ry")

        found = await failure(place, chart("HelmRepository", "charts"))

    assert (found.reason, found.condition) == ("AuthenticationFailed", "FetchFailed")
    assert "failed to authenticate with the Helm repository: chart pull error" in found.message


async def test_a_secret_that_is_missing_is_said(place):
    async with standing() as there:
        await indexed(place, there)
        place.accesses.fault = InvalidCredential("failed to get authentication secret")

        found = await failure(place, chart("HelmRepository", "charts"))

    assert (type(found), found.reason) == (Retryable, "AuthenticationFailed")


async def test_an_index_that_was_tampered_with_is_not_believed(place):
    async with standing() as there:
        there.add("web", "1.0.0")
        await indexed(place, there)
        place.storage.store.path("helmrepository/apps/charts/index-1.yaml").write_bytes(b"{}")

        found = await failure(place, chart("HelmRepository", "charts"))

    assert found.reason == "ChartPullError"
    assert "digest mismatch" in found.message


async def test_a_registry_has_to_be_one(place):
    place.add("HelmRepository", "odd", {"url": "https://x.example", "type": "oci"})

    found = await failure(place, chart("HelmRepository", "odd"))

    assert (type(found), found.reason) == (Stalled, "Failed")
    assert found.message == (
        "failed to construct Helm client: invalid OCI registry URL: https://x.example/"
    )


async def test_without_keys_nothing_is_pulled(place):
    place.add("HelmRepository", "registry", {"url": "oci://x.example/charts", "type": "oci"})

    found = await failure(place, chart("HelmRepository", "registry", verify={"provider": "cosign"}))

    assert isinstance(found, Unsigned)
    assert "using provider 'cosign keyless': no keys" in found.message
