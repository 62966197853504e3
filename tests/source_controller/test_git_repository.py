from __future__ import annotations

import pytest

from shared.api.git_repository import GitRepository, GitRepositoryStatus
from shared.api.meta import Condition
from shared.problem import Problem
from shared.reconcile.attempt import Attempt, Note
from shared.reconcile.condition import Mark
from shared.reconcile.failure import Retryable, Stalled
from shared.reconcile.settlement import Ready
from source_controller.git_repository import OWNED, GitRepositoryReconciler
from source_controller.publication import Kept
from source_controller.verification import Verdict
from tests.fake.clock import NOON
from tests.fake.source_world import FIRST, SECOND, SourceWorld, artifact, repository

READY = Ready("Succeeded", f"stored artifact for revision '{FIRST}'")


def settled(*failing: str, **learned: object) -> GitRepositoryStatus:
    """The status that is left by a success, or by something that fails."""
    conditions = tuple(
        Condition(type=kind, status="True", reason="x", message="x", last_transition_time=NOON)
        for kind in failing
    )
    return GitRepositoryStatus(artifact=artifact(), conditions=conditions, **learned)


async def reconciled(
    world: SourceWorld, repo: GitRepository
) -> tuple[Ready, Attempt[GitRepositoryStatus]]:
    attempt = Attempt(repo.status, world)
    ready = await GitRepositoryReconciler(world, world.signatures, world, world).reconcile(
        repo, attempt
    )
    return ready, attempt


async def failed(
    world: SourceWorld, repo: GitRepository
) -> tuple[Retryable | Stalled, Attempt[GitRepositoryStatus]]:
    attempt = Attempt(repo.status, world)
    with pytest.raises((Retryable, Stalled)) as failure:
        await GitRepositoryReconciler(world, world.signatures, world, world).reconcile(
            repo, attempt
        )
    return failure.value, attempt


async def test_the_first_revision_is_stored_and_told():
    ready, attempt = await reconciled(SourceWorld(), repository())

    assert ready == READY
    assert attempt.status.artifact == artifact()
    assert attempt.marks["ArtifactInStorage"] == Mark("True", "Succeeded", READY.message)
    assert attempt.notes == [
        Note(
            "info",
            "NewArtifact",
            "stored artifact for commit 'first commit'",
            {"revision": FIRST, "digest": "sha256:one"},
        )
    ]


async def test_what_is_current_is_not_stored_again():
    world = SourceWorld()

    ready, attempt = await reconciled(world, repository(settled()))

    assert ready == READY
    assert world.done == ["keep", "look"]
    assert attempt.status == settled()
    assert attempt.notes == [
        Note("trace", "ArtifactUpToDate", f"artifact up-to-date with remote revision: '{FIRST}'")
    ]


async def test_a_new_revision_takes_the_place_of_the_old_one():
    world = SourceWorld(SECOND, "sha256:two", "second")

    ready, attempt = await reconciled(world, repository(settled()))

    assert attempt.status.artifact == artifact(SECOND, "sha256:two")
    assert attempt.notes[0].reason == "NewArtifact"
    assert attempt.marks["ArtifactOutdated"] is None
    assert f"building artifact: new upstream revision '{SECOND}'" in world.announced
    assert ready.message == f"stored artifact for revision '{SECOND}'"


async def test_a_commit_that_changes_nothing_in_the_artifact_is_not_told():
    _, attempt = await reconciled(SourceWorld(SECOND), repository(settled()))

    assert attempt.status.artifact == artifact(SECOND)
    assert attempt.notes == []


@pytest.mark.parametrize(
    ("learned", "spec"),
    [
        ({}, {"ignore": "*.md"}),
        ({"observed_ignore": "*.md"}, {}),
        ({"observed_ignore": ""}, {}),
        ({"observed_recurse_submodules": True}, {}),
        ({"observed_sparse_checkout": ("a",)}, {}),
        ({}, {"sparseCheckout": ["a"]}),
    ],
)
async def test_another_way_to_pack_the_same_revision_stores_it_again(learned, spec):
    world = SourceWorld()

    _, attempt = await reconciled(world, repository(settled(**learned), **spec))

    assert "publish" in world.done
    assert "building artifact: the configuration has changed" in world.announced
    assert attempt.status.observed_ignore == spec.get("ignore")
    assert not attempt.status.observed_recurse_submodules
    assert attempt.status.observed_sparse_checkout == tuple(spec.get("sparseCheckout", ()))


VERIFY = {"secretRef": {"name": "keys"}}


async def test_what_is_verified_says_so_and_who_signed():
    mark = Mark("True", "Succeeded", "verified signature of ...")
    world = SourceWorld(verdict=Verdict(mark, "HEAD"))

    _, attempt = await reconciled(world, repository(verify=VERIFY))

    assert attempt.marks["SourceVerified"] == mark
    assert attempt.status.source_verification_mode == "HEAD"
    assert attempt.status.artifact == artifact()
    assert Note("trace", "Succeeded", "verified signature of ...") in attempt.notes


async def test_what_is_not_signed_as_it_should_be_is_not_stored():
    mark = Mark("False", "InvalidCommitSignature", "it is not signed")
    failure = Retryable("InvalidCommitSignature", "it is not signed")
    world = SourceWorld(SECOND, verdict=Verdict(mark, "", failure))

    found, attempt = await failed(world, repository(settled(), verify=VERIFY))

    assert found is failure
    assert attempt.marks["SourceVerified"] == mark
    assert attempt.status == settled()
    assert "publish" not in world.done


async def test_where_there_is_nothing_new_to_verify_what_was_said_stays():
    status = settled(source_verification_mode="Tag")

    _, attempt = await reconciled(SourceWorld(), repository(status, verify=VERIFY))

    assert "SourceVerified" not in attempt.marks
    assert attempt.status == status


async def test_where_nothing_is_asked_for_nothing_is_said_of_signatures():
    status = settled(source_verification_mode="Tag")

    _, attempt = await reconciled(SourceWorld(), repository(status))

    assert attempt.marks["SourceVerified"] is None
    assert attempt.status.source_verification_mode == ""


INCLUDE = [{"repository": {"name": "other"}}]
OBSERVED = repository(include=INCLUDE).spec.include


async def test_what_is_included_is_remembered():
    other = artifact(SECOND, "sha256:other")

    _, attempt = await reconciled(SourceWorld(included=(other,)), repository(include=INCLUDE))

    assert attempt.status.included_artifacts == (other,)
    assert attempt.status.observed_include == OBSERVED


async def test_an_include_that_is_as_it_was_changes_nothing():
    other = artifact(SECOND, "sha256:other")
    status = settled(included_artifacts=(other,), observed_include=OBSERVED)
    moved = other.model_copy(update={"url": "http://elsewhere/x"})
    world = SourceWorld(included=(moved,))

    await reconciled(world, repository(status, include=INCLUDE))

    assert "publish" not in world.done


async def test_an_include_that_changed_makes_another_artifact_of_the_same_revision():
    status = settled(included_artifacts=(artifact(),), observed_include=OBSERVED)
    world = SourceWorld(included=(artifact(SECOND, "sha256:other"),))
    world.broken["publish"] = Problem("disk full")

    _, attempt = await failed(world, repository(status, include=INCLUDE))

    message = "included artifacts differ from last observed includes"
    assert attempt.marks["ArtifactOutdated"] == Mark("True", "IncludeChange", message)
    assert attempt.status == status


async def test_what_cannot_be_fetched_leaves_on_offer_what_was():
    world = SourceWorld(broken={"look": Problem("failed to checkout: no route")})

    failure, attempt = await failed(world, repository(settled()))

    assert (failure.reason, failure.condition) == ("GitOperationFailed", "FetchFailed")
    assert failure.message == "failed to checkout: no route"
    assert attempt.status.artifact == artifact()
    assert "ArtifactInStorage" not in attempt.marks
    assert world.done == ["keep", "look"]


async def test_what_cannot_be_stored_leaves_on_offer_what_was_and_says_that_it_is_old():
    world = SourceWorld(SECOND, broken={"publish": Problem("unable to archive: disk full")})

    failure, attempt = await failed(world, repository(settled()))

    assert failure.reason == "ArchiveOperationFailed"
    assert failure.condition == "StorageOperationFailed"
    assert attempt.status == settled()
    assert attempt.marks["ArtifactOutdated"] == Mark(
        "True", "NewRevision", f"new upstream revision '{SECOND}'"
    )


@pytest.mark.parametrize(
    "failure",
    [
        Retryable("EmptyGitRepository", "git repository is empty", condition="FetchFailed"),
        Retryable("AuthenticationFailed", "failed to get secret", condition="FetchFailed"),
        Stalled("URLInvalid", "failed to parse url", condition="FetchFailed"),
    ],
    ids=lambda failure: failure.reason,
)
async def test_failures_of_the_remote_are_passed_on_as_they_are(failure):
    found, _ = await failed(SourceWorld(broken={"look": failure}), repository(settled()))

    assert found is failure


async def test_an_artifact_that_disappeared_is_made_anew():
    world = SourceWorld(kept=Kept(None))

    _, attempt = await reconciled(world, repository(settled()))

    assert attempt.status.artifact == artifact()
    assert "building artifact: disappeared from storage" in world.announced
    assert attempt.notes == []


async def test_an_artifact_that_disappeared_is_not_named_any_more_while_the_remote_is_away():
    world = SourceWorld(kept=Kept(None), broken={"look": Problem("away")})

    _, attempt = await failed(world, repository(settled()))

    assert attempt.status.artifact is None
    assert attempt.marks["ArtifactInStorage"] is None


async def test_an_artifact_that_was_tampered_with_is_told_and_made_anew():
    world = SourceWorld(kept=Kept(None, fault="digest mismatch"))

    _, attempt = await reconciled(world, repository(settled()))

    assert attempt.notes[0] == Note(
        "error",
        "ArtifactVerificationFailed",
        "failed to verify integrity of artifact: digest mismatch",
    )
    assert attempt.status.artifact == artifact()


async def test_what_was_collected_is_told_to_the_cluster_alone():
    world = SourceWorld(kept=Kept(artifact(), collected=2))

    _, attempt = await reconciled(world, repository(settled()))

    assert attempt.notes[0] == Note(
        "trace", "GarbageCollectionSucceeded", "garbage collected 2 artifacts"
    )


async def test_the_url_of_what_is_on_offer_follows_this_process():
    moved = artifact().model_copy(update={"url": "http://elsewhere/x"})

    _, attempt = await reconciled(SourceWorld(kept=Kept(moved)), repository(settled()))

    assert attempt.status.artifact == moved


@pytest.mark.parametrize("failing", ["FetchFailed", "StorageOperationFailed"])
async def test_a_recovery_without_news_is_told(failing):
    _, attempt = await reconciled(SourceWorld(), repository(settled(failing)))

    assert attempt.notes[-1] == Note(
        "info",
        "Succeeded",
        f"stored artifact for commit '{FIRST}'",
        {"revision": FIRST, "digest": "sha256:one"},
    )


async def test_a_recovery_with_another_revision_of_the_same_content_is_told():
    _, attempt = await reconciled(SourceWorld(SECOND), repository(settled("FetchFailed")))

    assert [(note.reason, note.metadata["revision"]) for note in attempt.notes] == [
        ("Succeeded", SECOND)
    ]


async def test_a_recovery_with_news_is_told_as_news():
    world = SourceWorld(SECOND, "sha256:two")

    _, attempt = await reconciled(world, repository(settled("FetchFailed")))

    assert [note.reason for note in attempt.notes] == ["NewArtifact"]


async def test_after_a_success_no_condition_of_failure_is_left():
    _, attempt = await reconciled(SourceWorld(), repository(settled("FetchFailed")))

    assert {kind for kind, mark in attempt.marks.items() if mark is None} == OWNED - {
        "ArtifactInStorage"
    }


async def test_twice_in_a_row_changes_nothing():
    world = SourceWorld()
    _, first = await reconciled(world, repository())

    _, second = await reconciled(world, repository(first.status))

    assert second.status == first.status
    assert [note.severity for note in second.notes] == ["trace"]


async def test_what_was_stored_goes_with_its_object():
    world = SourceWorld(stored=[artifact()])
    attempt = Attempt(settled(), world)

    await GitRepositoryReconciler(world, world.signatures, world, world).finalize(
        repository(settled()), attempt
    )

    assert world.stored == []
    assert attempt.notes == [
        Note(
            "trace",
            "GarbageCollectionSucceeded",
            "garbage collected artifacts for deleted resource",
        )
    ]


async def test_what_cannot_be_removed_is_tried_again():
    world = SourceWorld(broken={"withdraw": Problem("garbage collection failed: busy")})

    with pytest.raises(Retryable) as failure:
        await GitRepositoryReconciler(world, world.signatures, world, world).finalize(
            repository(settled()), Attempt(settled(), world)
        )

    assert failure.value.reason == "GarbageCollectionFailed"
