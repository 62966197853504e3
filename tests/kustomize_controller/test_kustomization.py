from __future__ import annotations

import pytest

from kustomize_controller.admission import Rules
from kustomize_controller.kustomization import KustomizationReconciler
from kustomize_controller.plan import inventory_of, refs_of
from shared.api.kustomization import Kustomization, KustomizationStatus
from shared.api.meta import Condition
from shared.api.parsing import parse
from shared.manifest.identity import Manifest, Ref
from shared.reconcile.attempt import Attempt
from shared.reconcile.failure import Retryable, Stalled
from tests.fake.clock import NOON, ManualClock
from tests.fake.world import REVISION, FakeWorld, Killed, artifact

HEALTHY = Condition(
    type="Healthy", status="True", reason="Succeeded", message="", last_transition_time=NOON
)


def ref(name: str) -> Ref:
    return Ref("", "ConfigMap", "apps", name)


def manifest(name: str) -> Manifest:
    return {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": name, "namespace": "apps"},
    }


def kustomization(
    *listed: str, annotations=None, conditions=(), revision="", **spec
) -> Kustomization:
    ks = parse(
        Kustomization,
        {
            "metadata": {
                "name": "apps",
                "namespace": "flux-system",
                "annotations": annotations or {},
            },
            "spec": {
                "interval": "10m",
                "prune": True,
                "sourceRef": {"kind": "GitRepository", "name": "apps"},
                **spec,
            },
        },
    )
    status = KustomizationStatus(
        inventory=inventory_of(map(ref, listed)) if listed else None,
        conditions=tuple(conditions),
        last_applied_revision=revision,
    )
    return ks.model_copy(update={"status": status})


def reconciler(world: FakeWorld, **rules) -> KustomizationReconciler:
    return KustomizationReconciler(Rules(**rules), world, world, world, world, world, ManualClock())


def listed(attempt: Attempt[KustomizationStatus]) -> set[str]:
    return {one.name for one in refs_of(attempt.status.inventory)}


def told(attempt: Attempt[KustomizationStatus]) -> list[str]:
    return [note.message for note in attempt.notes]


async def run(world: FakeWorld, ks: Kustomization, **rules) -> Attempt[KustomizationStatus]:
    attempt = Attempt(ks.status, world)
    await reconciler(world, **rules).reconcile(ks, attempt)
    return attempt


async def fails(
    world: FakeWorld, ks: Kustomization, kind=Retryable, **rules
) -> tuple[Attempt[KustomizationStatus], Retryable | Stalled]:
    attempt = Attempt(ks.status, world)
    with pytest.raises(kind) as failure:
        await reconciler(world, **rules).reconcile(ks, attempt)
    return attempt, failure.value


async def test_what_the_source_says_is_applied() -> None:
    world = FakeWorld([manifest("web")])
    attempt = Attempt(KustomizationStatus(), world)

    ready = await reconciler(world).reconcile(kustomization(), attempt)

    assert world.live == {ref("web")}
    assert (ready.reason, ready.message) == (
        "ReconciliationSucceeded",
        f"Applied revision: {REVISION}",
    )
    assert attempt.status.last_applied_revision == REVISION
    assert attempt.status.last_attempted_revision == REVISION


async def test_the_inventory_is_written_down_before_anything_is() -> None:
    world = FakeWorld([manifest("new")], [ref("old")])

    await run(world, kustomization("old"))

    assert world.did.index("persist") < world.did.index("apply")
    assert {one.name for one in refs_of(world.persisted[0].inventory)} == {"old", "new"}


async def test_nothing_is_written_down_early_where_nothing_is_new() -> None:
    world = FakeWorld([manifest("web")], [ref("web")])

    await run(world, kustomization("web"))

    assert world.persisted == []


async def test_what_was_gone_through_is_told_with_its_inventory() -> None:
    world = FakeWorld([manifest("web")])

    await run(world, kustomization())

    assert world.rested == [("sha256:1", (ref("web"),))]


async def test_while_nothing_becomes_of_any_object_only_the_revision_moves() -> None:
    world = FakeWorld([manifest("web")])
    world.resting = True

    attempt = await run(world, kustomization("web", revision="main@sha1:old"))

    assert not {"apply", "prune", "check", "persist"} & set(world.did)
    assert attempt.status.last_applied_revision == REVISION
    assert listed(attempt) == {"web"}
    assert attempt.status.history[0].last_reconciled_status == "ReconciliationSucceeded"


async def test_an_object_gone_from_the_source_is_pruned() -> None:
    world = FakeWorld([manifest("new")], [ref("old")])

    attempt = await run(world, kustomization("old"))

    assert world.live == {ref("new")}
    assert listed(attempt) == {"new"}
    assert told(attempt)[:2] == ["ConfigMap/apps/new created", "ConfigMap/apps/old deleted"]


async def test_without_prune_it_stays_and_is_forgotten() -> None:
    world = FakeWorld([manifest("new")], [ref("old")])

    attempt = await run(world, kustomization("old", prune=False))

    assert world.live == {ref("new"), ref("old")}
    assert listed(attempt) == {"new"}


async def test_what_could_not_be_pruned_stays_in_the_inventory() -> None:
    world = FakeWorld([manifest("new")], [ref("old"), ref("older")])
    world.stubborn = {ref("old")}

    attempt, failure = await fails(world, kustomization("old", "older"))

    assert (failure.reason, failure.message) == ("PruneFailed", "ConfigMap/apps/old: denied")
    assert listed(attempt) == {"new", "old"}


@pytest.mark.parametrize(
    ("broken", "reason"),
    [
        ("tree", "ArtifactFailed"),
        ("build", "BuildFailed"),
        ("persist", "ReconciliationFailed"),
        ("apply", "ReconciliationFailed"),
        ("prune", "PruneFailed"),
        ("check", "HealthCheckFailed"),
    ],
)
async def test_a_step_that_fails_says_which(broken: str, reason: str) -> None:
    world = FakeWorld([manifest("web")], broken=broken)

    attempt, failure = await fails(world, kustomization(wait=True))

    assert (failure.reason, failure.message) == (reason, f"{broken} refused")
    assert attempt.status.last_applied_revision == ""


@pytest.mark.parametrize("broken", ["build", "persist"])
async def test_a_build_that_fails_applies_and_prunes_nothing(broken: str) -> None:
    world = FakeWorld([manifest("new")], [ref("old")], broken=broken)

    attempt, _ = await fails(world, kustomization("old"))

    assert world.live == {ref("old")}
    assert "old" in listed(attempt)


async def test_the_attempted_revision_counts_from_the_fetch_on() -> None:
    early, _ = await fails(FakeWorld(broken="tree"), kustomization())
    late, _ = await fails(FakeWorld(broken="build"), kustomization())

    assert early.status.last_attempted_revision == ""
    assert late.status.last_attempted_revision == REVISION


def settled(*listed: str, **spec) -> Kustomization:
    """A Kustomization that has applied all that it lists."""
    ks = kustomization(*listed, revision=REVISION, **spec)
    return ks.model_copy(
        update={"status": ks.status.model_copy(update={"last_attempted_revision": REVISION})}
    )


async def test_what_moves_during_the_wait_is_applied_and_told() -> None:
    world = FakeWorld([manifest("web")])
    world.moving = (manifest("web"),)

    attempt = await run(world, kustomization(wait=True))

    assert world.did.count("apply") == 2
    assert attempt.status.inventory is not None


async def test_what_has_moved_is_put_right_without_a_source_or_a_build() -> None:
    world = FakeWorld(live=[ref("other")])
    world.drifted = [manifest("web")]

    attempt = await run(world, settled("web", "other"))

    assert world.live == {ref("web"), ref("other")}
    assert not {"source", "tree", "build", "prune", "persist", "check"} & set(world.did)
    assert told(attempt) == ["ConfigMap/apps/web created"]
    assert attempt.notes[0].metadata == {"revision": REVISION}


async def test_where_nothing_is_left_to_be_put_right_all_stays_as_it_was_said() -> None:
    world = FakeWorld()
    world.drifted = []
    ks = settled("web")

    attempt = await run(world, ks)

    assert (attempt.notes, attempt.marks, attempt.status) == ([], {}, ks.status)


async def test_what_was_put_right_has_to_become_healthy_again() -> None:
    world = FakeWorld()
    world.drifted = [manifest("web")]
    world.sick = ("Deployment/apps/web status: 'Failed'",)

    _, failure = await fails(world, settled("web", "other", wait=True))

    assert failure.reason == "HealthCheckFailed"
    assert world.checked == (ref("web"),)


async def test_what_cannot_be_put_right_is_a_failure() -> None:
    world = FakeWorld(broken="apply")
    world.drifted = [manifest("web")]

    _, failure = await fails(world, settled("web"))

    assert (failure.reason, failure.message) == ("ReconciliationFailed", "apply refused")


STEPS = ["persist", "apply 0", "apply 1", "applied", "prune 0", "prune 1", "pruned"]


@pytest.mark.parametrize("step", STEPS)
async def test_a_crash_between_any_two_steps_orphans_nothing(step: str) -> None:
    world = FakeWorld([manifest("a"), manifest("b")], [ref("x"), ref("y")], dies_at=step)
    ks = kustomization("x", "y")

    with pytest.raises(Killed):
        await run(world, ks)

    assert world.orphans(world.remembered(ks)) == set()


@pytest.mark.parametrize("step", STEPS)
async def test_what_a_crash_left_is_cleaned_up_even_if_the_commit_is_reverted(step: str) -> None:
    world = FakeWorld([manifest("a"), manifest("b")], [ref("x"), ref("y")], dies_at=step)
    ks = kustomization("x", "y")
    with pytest.raises(Killed):
        await run(world, ks)
    world.dies_at, world.wanted = "", [manifest("x")]

    attempt = await run(world, ks.model_copy(update={"status": world.remembered(ks)}))

    assert world.live == {ref("x")}
    assert listed(attempt) == {"x"}


async def test_what_was_applied_before_a_failure_is_pruned_when_the_next_commit_drops_it() -> None:
    world = FakeWorld([manifest("a"), manifest("b")], broken="check")
    attempt, _ = await fails(world, kustomization(wait=True))
    world.broken, world.wanted = "", [manifest("b")]

    await run(world, kustomization(wait=True).model_copy(update={"status": attempt.status}))

    assert world.live == {ref("b")}


MANY = [f"object-{number}" for number in range(10)]


async def test_an_empty_build_does_not_prune_all_of_ten_objects() -> None:
    world = FakeWorld([], map(ref, MANY))

    attempt, failure = await fails(world, kustomization(*MANY))

    assert failure.reason == "PruneFailed"
    assert "refusing to prune 10 of 10 objects" in failure.message
    assert "penstock.dev/allow-empty" in failure.message
    assert len(world.live) == len(listed(attempt)) == 10


async def test_other_objects_in_place_of_all_are_refused_at_every_attempt() -> None:
    world = FakeWorld([manifest("new")], map(ref, MANY))
    first, _ = await fails(world, kustomization(*MANY))

    again = kustomization(*MANY).model_copy(update={"status": first.status})
    _, failure = await fails(world, again)

    assert failure.reason == "PruneFailed"
    assert world.live == set(map(ref, MANY))


async def test_an_annotation_lets_an_empty_build_prune_everything() -> None:
    world = FakeWorld([], map(ref, MANY))

    await run(world, kustomization(*MANY, annotations={"penstock.dev/allow-empty": "true"}))

    assert world.live == set()


async def test_a_few_objects_go_without_asking() -> None:
    world = FakeWorld([], map(ref, MANY[:9]))

    await run(world, kustomization(*MANY[:9]))

    assert world.live == set()


async def test_one_object_that_stays_is_enough_to_prune_the_others() -> None:
    world = FakeWorld([manifest(MANY[0])], map(ref, MANY))

    await run(world, kustomization(*MANY))

    assert world.live == {ref(MANY[0])}


async def test_a_wait_is_for_all_that_was_applied() -> None:
    world = FakeWorld([manifest("a"), manifest("b")])

    attempt = await run(world, kustomization(wait=True))

    assert world.checked == (ref("a"), ref("b"))
    assert attempt.marks["Healthy"].reason == "Succeeded"
    assert "Health check passed in 0s" in told(attempt)


async def test_health_checks_name_what_is_waited_for() -> None:
    world = FakeWorld([manifest("a")])
    checks = [{"kind": "Deployment", "name": "web", "namespace": "apps"}]

    await run(world, kustomization(healthChecks=checks))

    assert world.checked == (Ref("apps", "Deployment", "apps", "web"),)


async def test_what_is_not_healthy_is_named_on_both_conditions() -> None:
    world = FakeWorld([manifest("a")])
    world.sick = ("Deployment/apps/web: Ready: 0/1",)

    attempt, failure = await fails(world, kustomization(wait=True))

    assert failure.reason == "HealthCheckFailed"
    assert "timeout waiting for: [Deployment/apps/web: Ready: 0/1]" in failure.message
    assert attempt.marks["Healthy"].message == failure.message
    assert attempt.marks["Healthy"].status == "False"
    assert attempt.status.last_applied_revision == ""


async def test_without_checks_there_is_no_healthy_condition() -> None:
    attempt = await run(FakeWorld([manifest("a")]), kustomization(conditions=[HEALTHY]))

    assert attempt.marks == {"Healthy": None}


async def test_staying_healthy_is_no_news() -> None:
    world = FakeWorld([manifest("a")], [ref("a")])

    attempt = await run(world, kustomization("a", wait=True, conditions=[HEALTHY]))

    assert told(attempt) == ["Reconciliation finished in 0s, next run in 10m0s"]


async def test_the_end_of_a_reconciliation_is_an_event_about_the_commit() -> None:
    world = FakeWorld([manifest("a")])
    world.offered = artifact(origin="main@sha1:beef")

    attempt = await run(world, kustomization())

    assert attempt.notes[-1].reason == "ReconciliationSucceeded"
    assert attempt.notes[-1].metadata == {
        "revision": REVISION,
        "originRevision": "main@sha1:beef",
        "commit_status": "update",
    }
    assert attempt.status.last_applied_origin_revision == "main@sha1:beef"


async def test_history_counts_builds_and_what_came_of_them() -> None:
    world = FakeWorld([manifest("a")], broken="prune")
    ks = kustomization()
    attempt, _ = await fails(world, ks)
    world.broken = ""
    for _ in range(2):
        attempt = await run(world, ks.model_copy(update={"status": attempt.status}))

    assert [
        (one.last_reconciled_status, one.total_reconciliations) for one in attempt.status.history
    ] == [("ReconciliationSucceeded", 2), ("PruneFailed", 1)]
    assert attempt.status.history[0].metadata == {"revision": REVISION}


async def test_a_reference_out_of_the_namespace_stalls_where_it_is_forbidden() -> None:
    world = FakeWorld([manifest("a")])
    ks = kustomization(sourceRef={"kind": "GitRepository", "name": "a", "namespace": "other"})

    _, failure = await fails(world, ks, Stalled, across_namespaces=False)

    assert failure.reason == "AccessDenied"
    assert world.did == []


async def finalized(world: FakeWorld, ks: Kustomization) -> Attempt[KustomizationStatus]:
    attempt = Attempt(ks.status, world)
    await reconciler(world).finalize(ks, attempt)
    return attempt


@pytest.mark.parametrize(
    ("spec", "goes"),
    [
        ({}, True),
        ({"prune": False}, False),
        ({"prune": False, "deletionPolicy": "Delete"}, True),
        ({"prune": False, "deletionPolicy": "WaitForTermination"}, True),
        ({"deletionPolicy": "Orphan"}, False),
        ({"suspend": True}, False),
    ],
)
async def test_the_deletion_policy_says_what_becomes_of_the_objects(spec, goes: bool) -> None:
    world = FakeWorld([], [ref("a")])

    await finalized(world, kustomization("a", **spec))

    assert world.live == (set() if goes else {ref("a")})


async def test_what_cannot_be_deleted_keeps_the_kustomization() -> None:
    world = FakeWorld([], [ref("a"), ref("b")])
    world.stubborn = {ref("a")}
    ks = kustomization("a", "b")
    attempt = Attempt(ks.status, world)

    with pytest.raises(Retryable) as failure:
        await reconciler(world).finalize(ks, attempt)

    assert failure.value.reason == "PruneFailed"
    assert listed(attempt) == {"a"}


async def test_a_missing_account_leaves_the_objects_and_says_which() -> None:
    world = FakeWorld([], [ref("a")])
    world.account = False

    attempt = await finalized(world, kustomization("a", serviceAccountName="gone"))

    assert world.live == {ref("a")}
    assert attempt.notes[0].severity == "error"
    assert "ConfigMap/apps/a" in attempt.notes[0].message


async def test_termination_is_waited_for_but_not_for_ever() -> None:
    world = FakeWorld([], [ref("a")])
    world.lingering = {ref("a")}

    attempt = await finalized(world, kustomization("a", deletionPolicy="WaitForTermination"))

    assert "wait_gone" in world.did
    assert "still being terminated: ConfigMap/apps/a" in told(attempt)[-1]


async def test_while_another_cluster_is_away_its_objects_stay_and_are_listed() -> None:
    world = FakeWorld([], [ref("a")], broken="account")
    ks = kustomization("a", kubeConfig={"secretRef": {"name": "other"}})
    attempt = Attempt(ks.status, world)

    with pytest.raises(Retryable) as failure:
        await reconciler(world).finalize(ks, attempt)

    assert failure.value.reason == "PruneFailed"
    assert world.live == {ref("a")}
    assert listed(attempt) == {"a"}


@pytest.mark.parametrize("step", ["prune 0", "prune 1", "pruned"])
async def test_a_crash_in_a_deletion_leaves_what_is_there_listed(step: str) -> None:
    world = FakeWorld([], [ref("a"), ref("b")], dies_at=step)
    ks = kustomization("a", "b")

    with pytest.raises(Killed):
        await finalized(world, ks)

    assert world.orphans(world.remembered(ks)) == set()


HOOK = "argocd.argoproj.io/hook"
ARGO = {"penstock.dev/argo": "enabled"}


def hook(name: str, phase: str = "PreSync") -> Manifest:
    one = manifest(name)
    one["metadata"]["annotations"] = {HOOK: phase}  # type: ignore[index]
    return one


async def test_without_the_word_a_hook_is_an_object_like_any_other() -> None:
    world = FakeWorld([manifest("web"), hook("migrate")])

    await run(world, kustomization())
    attempt = await run(world, kustomization())

    assert listed(attempt) == {"web", "migrate"}


async def test_a_hook_is_in_the_inventory_before_it_is_made_and_while_it_is_there() -> None:
    world = FakeWorld([manifest("web"), hook("migrate"), hook("sorry", "SyncFail")])

    attempt = await run(world, kustomization(annotations=ARGO))

    persisted = {one.name for one in refs_of(world.persisted[0].inventory)}
    assert persisted == {"web", "migrate", "sorry"}
    assert "migrate" in listed(attempt)


async def test_a_build_that_was_done_already_runs_no_hook_and_keeps_what_they_left() -> None:
    world = FakeWorld([manifest("web"), hook("migrate")])
    ks = kustomization(annotations=ARGO)
    first = await run(world, ks)

    again = await run(world, ks.model_copy(update={"status": first.status}))

    assert [change for change in told(again) if "migrate" in change] == []
    assert listed(again) == {"web", "migrate"}


async def test_a_hook_that_is_no_longer_built_is_pruned() -> None:
    world = FakeWorld([manifest("web"), hook("migrate")])
    ks = kustomization(annotations=ARGO)
    first = await run(world, ks)
    world.wanted = [manifest("web")]

    again = await run(world, ks.model_copy(update={"status": first.status}))

    assert world.live == {ref("web")}
    assert listed(again) == {"web"}
