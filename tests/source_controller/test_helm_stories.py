"""The stories of HelmRepository and HelmChart: what they say when things go well, and when not."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta

import pytest

from shared.api.artifact import Artifact
from shared.api.helm_chart import HelmChart, HelmChartStatus
from shared.api.helm_repository import HelmRepository, HelmRepositoryStatus
from shared.api.meta import Condition
from shared.artifact.error import ArtifactError
from shared.reconcile.attempt import Attempt
from shared.reconcile.failure import Failure, Retryable, Stalled
from source_controller.helm.build import Build, Unsigned, copying, not_packed
from source_controller.helm.upstream import Found
from source_controller.helm_chart import HelmChartReconciler
from source_controller.helm_repository import HelmRepositoryReconciler
from source_controller.shelf import Content, Kept
from tests.fake.clock import NOON

ONE, TWO = "sha256:" + "1" * 64, "sha256:" + "2" * 64
META = {"name": "apps", "namespace": "flux-system", "generation": 1}


def artifact(revision: str, digest: str = ONE) -> Artifact:
    return Artifact(
        digest=digest, last_update_time=NOON, path="p", revision=revision, size=1234, url="u"
    )


@dataclass
class World:
    """Plays every role of both stories. `digest`: of what is stored next."""

    found: Found = field(default_factory=lambda: Found(TWO))
    built: Build | Failure = field(
        default_factory=lambda: Build("web", "1.0.0", copying(b"")),
    )
    kept: Kept | None = None
    digest: str = TWO
    full: bool = False
    forgotten: list[str] = field(default_factory=list)
    revision: str = "main@sha1:abc"

    async def look(self, repo: HelmRepository, offered: str) -> Found:
        return self.found

    async def of(self, chart: HelmChart) -> World:
        return self

    async def build(self, chart: HelmChart, offered: Artifact | None) -> Build:
        if isinstance(self.built, Failure):
            raise self.built
        return self.built

    async def keep(self, given: Artifact | None) -> Kept:
        return self.kept or Kept(given)

    async def put(self, meta, content: Content) -> Artifact:
        if self.full:
            raise ArtifactError("unable to archive artifact to storage: No space left on device")
        return artifact(content.revision, self.digest)

    async def newest(self, meta) -> str:
        return "http://here/newest"

    async def withdraw(self, meta) -> bool:
        return True

    def forget(self, name: str, namespace: str) -> None:
        self.forgotten.append(f"{namespace}/{name}")

    def announce(self, doing: str) -> None:
        pass

    async def persist(self, attempt) -> None:
        pass


def failing(condition: str) -> tuple[Condition, ...]:
    return (
        Condition(
            type=condition, status="True", reason="X", message="x", last_transition_time=NOON
        ),
    )


def repository(**status: object) -> HelmRepository:
    made = HelmRepository.model_validate({"metadata": META, "spec": {"url": "https://x.example"}})
    return made.model_copy(update={"status": HelmRepositoryStatus(**status)})


def chart(verify: dict[str, str] | None = None, **status: object) -> HelmChart:
    source = {"kind": "HelmRepository", "name": "charts"}
    spec = {"chart": "web", "interval": "1m", "sourceRef": source, "verify": verify}
    made = HelmChart.model_validate({"metadata": META, "spec": spec})
    return made.model_copy(update={"status": HelmChartStatus(**status)})


async def looked(world: World, repo: HelmRepository):
    attempt = Attempt(repo.status, world)
    story = HelmRepositoryReconciler(world, world, world)
    try:
        outcome = await story.reconcile(repo, attempt)
    except Failure as failure:
        outcome = failure
    return outcome, attempt


async def made(world: World, one: HelmChart):
    attempt = Attempt(one.status, world)
    try:
        outcome = await HelmChartReconciler(world, world).reconcile(one, attempt)
    except Failure as failure:
        outcome = failure
    return outcome, attempt


def told(attempt) -> list[tuple[str, str]]:
    return [(note.severity, note.reason) for note in attempt.notes]


def new(revision: str = TWO) -> Found:
    return Found(revision, Content(revision, "index.yaml", lambda sink: None))


@pytest.mark.parametrize(
    ("spec", "minutes"), [({}, 1), ({"interval": "0s"}, 1), ({"interval": "5m"}, 5)]
)
def test_a_repository_is_looked_at_every_minute_unless_it_says_otherwise(spec, minutes):
    whole = {"url": "https://x.example", **spec}
    made = HelmRepository.model_validate({"metadata": META, "spec": whole})

    assert made.spec.interval == timedelta(minutes=minutes)


async def test_a_new_index_is_stored_and_told():
    outcome, attempt = await looked(World(new()), repository())

    assert (outcome.reason, outcome.message) == ("Succeeded", f"stored artifact: revision '{TWO}'")
    assert attempt.status.artifact.revision == TWO
    assert attempt.status.url == "http://here/newest"
    assert told(attempt) == [("info", "NewArtifact")]
    assert attempt.notes[0].message == (
        "stored fetched index of size 1.234kB from 'https://x.example'"
    )
    assert attempt.notes[0].metadata == {"revision": TWO, "digest": TWO}


async def test_an_index_that_is_on_offer_is_told_of_only_in_the_cluster():
    _, attempt = await looked(World(Found(ONE)), repository(artifact=artifact(ONE)))

    assert told(attempt) == [("trace", "ArtifactUpToDate")]
    assert attempt.marks["ArtifactOutdated"] is None


@pytest.mark.parametrize("condition", ["FetchFailed", "StorageOperationFailed"])
async def test_after_a_failure_it_is_told_that_all_is_well(condition):
    before = repository(artifact=artifact(ONE), conditions=failing(condition))
    _, attempt = await looked(World(Found(ONE)), before)

    assert ("info", "Succeeded") in told(attempt)


async def test_the_same_index_in_other_words_is_no_news():
    world = World(new(TWO), digest=ONE)
    _, attempt = await looked(world, repository(artifact=artifact(ONE, ONE)))

    assert attempt.status.artifact.revision == TWO
    assert told(attempt) == []


async def test_an_index_that_cannot_be_stored_leaves_the_old_one_on_offer():
    world = World(new(), full=True)
    outcome, attempt = await looked(world, repository(artifact=artifact(ONE)))

    assert isinstance(outcome, Retryable)
    assert (outcome.reason, outcome.condition) == (
        "ArchiveOperationFailed",
        "StorageOperationFailed",
    )
    assert attempt.status.artifact.revision == ONE
    assert attempt.marks["ArtifactOutdated"].reason == "NewRevision"


async def test_an_index_that_was_tampered_with_is_told_of_and_made_anew():
    world = World(new(), kept=Kept(None, fault="another digest"))
    _, attempt = await looked(world, repository(artifact=artifact(TWO)))

    assert ("error", "ArtifactVerificationFailed") in told(attempt)
    assert attempt.status.artifact.revision == TWO


async def test_what_was_stored_goes_with_its_object():
    world = World()
    attempt = Attempt(HelmRepositoryStatus(), world)
    await HelmRepositoryReconciler(world, world, world).finalize(repository(), attempt)

    assert told(attempt) == [("trace", "GarbageCollectionSucceeded")]
    assert world.forgotten == ["flux-system/apps"]


async def test_a_new_chart_is_stored_and_told():
    outcome, attempt = await made(World(), chart())

    assert (outcome.reason, outcome.message) == (
        "ChartPullSucceeded",
        "pulled 'web' chart with version '1.0.0'",
    )
    assert attempt.status.observed_chart_name == "web"
    assert attempt.status.observed_source_artifact_revision == "main@sha1:abc"
    assert told(attempt) == [("info", "ChartPullSucceeded")]


async def test_a_chart_that_was_packed_says_of_what():
    build = Build("web", "1.0.0+1", copying(b""), packed=True, values_files=("a", "b"), resolved=2)
    outcome, attempt = await made(World(built=build), chart())

    assert outcome.message == (
        "packaged 'web' chart with version '1.0.0+1' and merged values files [a b]"
    )
    assert told(attempt) == [("trace", "ResolvedDependencies"), ("info", "ChartPackageSucceeded")]


async def test_another_version_is_said_to_be_new():
    before = chart(artifact=artifact("0.9.0"), observed_chart_name="web")
    _, attempt = await made(World(), before)

    assert attempt.status.artifact.revision == "1.0.0"
    assert attempt.marks["ArtifactOutdated"] is None


async def test_a_chart_that_cannot_be_stored_leaves_the_old_one_on_offer():
    before = chart(artifact=artifact("0.9.0"), observed_chart_name="web")
    outcome, attempt = await made(World(full=True), before)

    assert isinstance(outcome, Retryable)
    assert (outcome.reason, outcome.condition) == (
        "ArchiveOperationFailed",
        "StorageOperationFailed",
    )
    assert attempt.status.artifact.revision == "0.9.0"
    assert attempt.marks["ArtifactOutdated"].reason == "NewChart"


async def test_a_chart_that_is_kept_is_told_of_only_in_the_cluster():
    world = World(built=Build("web", "1.0.0"))
    _, attempt = await made(world, chart(artifact=artifact("1.0.0")))

    assert told(attempt) == [("trace", "ArtifactUpToDate")]


async def test_after_a_failed_build_it_is_told_that_all_is_well():
    world = World(built=Build("web", "1.0.0"))
    before = chart(artifact=artifact("1.0.0"), conditions=failing("BuildFailed"))
    _, attempt = await made(world, before)

    assert ("info", "ChartPullSucceeded") in told(attempt)
    assert attempt.marks["BuildFailed"] is None


async def test_a_failure_to_build_takes_the_place_of_one_to_fetch():
    outcome, attempt = await made(World(built=not_packed("no")), chart(artifact=artifact("0.9.0")))

    assert (outcome.reason, outcome.condition) == ("ChartPackageError", "BuildFailed")
    assert attempt.marks["FetchFailed"] is None
    assert attempt.status.artifact.revision == "0.9.0"


async def test_a_chart_that_nobody_signed_is_said_to_be_so_and_not_offered():
    wanted = chart(verify={"provider": "cosign"}, artifact=artifact("0.9.0"))
    outcome, attempt = await made(World(built=Unsigned("nobody signed it")), wanted)

    assert (outcome.reason, outcome.message) == (
        "VerificationError",
        "chart verification error: nobody signed it",
    )
    assert attempt.marks["SourceVerified"].status == "False"
    assert attempt.marks["BuildFailed"].reason == "ChartVerificationError"
    assert attempt.status.artifact.revision == "0.9.0"


async def test_a_chart_that_was_verified_says_so():
    world = World(built=Build("web", "1.0.0", copying(b""), verified=True))
    _, attempt = await made(world, chart(verify={"provider": "cosign"}))

    mark = attempt.marks["SourceVerified"]
    assert (mark.status, mark.message) == ("True", "verified signature of version 1.0.0")


async def test_where_no_signature_is_asked_for_nothing_is_said_of_one():
    _, attempt = await made(World(), chart())

    assert attempt.marks["SourceVerified"] is None


async def test_a_source_that_cannot_do_stalls_the_chart():
    world = World(built=Stalled("ValuesFilesError", "no", condition="BuildFailed"))
    outcome, _ = await made(world, chart())

    assert isinstance(outcome, Stalled)


async def test_which_values_were_there_is_remembered_only_where_some_may_be_missing():
    build = Build("web", "1.0.0", copying(b""), values_files=("a",))
    lenient = chart()
    lenient = lenient.model_copy(
        update={"spec": lenient.spec.model_copy(update={"ignore_missing_values_files": True})}
    )

    strict_status = (await made(World(built=build), chart()))[1].status
    lenient_status = (await made(World(built=build), lenient))[1].status

    assert strict_status.observed_values_files == ()
    assert lenient_status.observed_values_files == ("a",)


async def test_a_chart_that_is_lost_stays_named_until_it_can_be_made_in_the_same_version():
    lost = artifact("1.0.0+abc")
    before = chart(artifact=lost, observed_generation=1)
    by_revision = before.model_copy(
        update={"spec": before.spec.model_copy(update={"reconcile_strategy": "Revision"})}
    )

    _, attempt = await made(World(kept=Kept(None), built=not_packed("no")), by_revision)
    _, by_version = await made(World(kept=Kept(None), built=not_packed("no")), before)

    assert attempt.status.artifact == lost
    assert attempt.marks["ArtifactInStorage"] is None
    assert by_version.status.artifact is None
