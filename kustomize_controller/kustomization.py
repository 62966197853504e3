"""Reconcile a Kustomization: from the artifact of its source to healthy objects in the cluster."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from kustomize_controller.admission import Rules, admit, require_expressions
from kustomize_controller.built import Built
from kustomize_controller.history import kept
from kustomize_controller.ordering import Run, is_enabled, run_of
from kustomize_controller.plan import (
    Plan,
    Turn,
    deletes_at_the_end,
    inventory_of,
    make_plan,
    refs_of,
    targets_of,
)
from kustomize_controller.sentence import doing, finished, left_behind, still_there
from shared.api.artifact import Artifact
from shared.api.inventory import Inventory
from shared.api.kustomization import Kustomization, KustomizationStatus
from shared.manifest.identity import Manifest, Ref
from shared.manifest.order import deletion_order
from shared.manifest.tree import Tree
from shared.operation.change import ChangeLog, Pruned, told
from shared.operation.health_report import HealthReport
from shared.operation.problem import require_none
from shared.reconcile.attempt import Attempt
from shared.reconcile.clock import Clock, since
from shared.reconcile.condition import Mark, find, is_true
from shared.reconcile.settlement import Ready

Mend = Callable[[Sequence[Manifest]], Awaitable[None]]
"""Puts objects back to what they were when they were applied. Raises a Problem."""


class Sources(Protocol):
    """Where sources are looked up."""

    async def artifact_of(self, ks: Kustomization) -> Artifact:
        """What the source of a Kustomization offers now. Raises Waiting where there is nothing."""


class Dependencies(Protocol):
    """What a Kustomization depends on."""

    async def require_ready(self, ks: Kustomization, artifact: Artifact) -> None:
        """Raises Waiting unless every dependency is ready, and as new as `artifact` where it is
        built from the same source."""


class Artifacts(Protocol):
    """Where artifacts are downloaded."""

    async def tree(self, ks: Kustomization, artifact: Artifact) -> Tree:
        """The files of an artifact. Raises Waiting where it is gone, a Problem where it cannot be
        had or has no `spec.path`."""


class Builder(Protocol):
    """What makes manifests of files."""

    async def build(self, ks: Kustomization, tree: Tree) -> Built:
        """Build `spec.path` of a tree, changed as the spec says. Raises a Problem that names the
        file."""


class Cluster(Protocol):
    """The cluster that is applied to, with the rights that the Kustomization has there."""

    async def rests(self, ks: Kustomization, built: Built) -> bool:
        """Whether all of this build was gone through before, and nothing has become of any object
        since: then there is nothing to do."""

    def rest(self, ks: Kustomization, built: Built, inventory: Inventory | None) -> None:
        """All of this build has been gone through, and is listed in `inventory`."""

    def moved(self, ks: Kustomization) -> Sequence[Manifest] | None:
        """What has moved since it was applied, where that is all there is to be looked at: nothing
        else wants this attempt. None where all of it does."""

    async def apply(
        self,
        ks: Kustomization,
        batches: Sequence[Turn],
        changes: ChangeLog,
        mend: Mend | None = None,
    ) -> None:
        """Bring objects to what was built, batch by batch; `changes` grows meanwhile, and `mend`
        puts right what moves while a batch is waited for. Raises a Problem that names every object
        that was refused."""

    async def prune(self, ks: Kustomization, stale: Sequence[Ref], changes: ChangeLog) -> Pruned:
        """Delete objects that are ours, in the order given; those of others are left alone."""

    async def check(
        self, ks: Kustomization, targets: Sequence[Ref], changes: ChangeLog, mend: Mend
    ) -> HealthReport:
        """Wait until all are healthy, one has failed, or the time is up; `mend` puts right what
        moves meanwhile. Raises Waiting where there is something newer to apply."""

    async def wait_gone(self, ks: Kustomization, refs: Sequence[Ref]) -> tuple[Ref, ...]:
        """Wait until objects are gone; those that are left when the time is up."""

    async def has_account(self, ks: Kustomization) -> bool:
        """Whether the account exists that the Kustomization acts as."""


@dataclass(frozen=True, slots=True)
class KustomizationReconciler:
    """The story of the Kustomization."""

    rules: Rules
    sources: Sources
    dependencies: Dependencies
    artifacts: Artifacts
    builder: Builder
    cluster: Cluster
    clock: Clock

    async def reconcile(self, ks: Kustomization, attempt: Attempt[KustomizationStatus]) -> Ready:
        """Fetch, build, apply, prune, and wait until it is healthy."""
        started = self.clock.monotonic()
        admit(ks, self.rules)
        require_expressions(ks)
        moved = self.cluster.moved(ks)
        if moved is not None:
            return await self._put_right(ks, attempt, moved)
        async with attempt.stage("Looking for the source", "ArtifactFailed"):
            artifact = await self.sources.artifact_of(ks)
        attempt.concern(revision=artifact.revision, originRevision=artifact.origin_revision)
        async with attempt.stage("Looking at the dependencies", "DependencyNotReady"):
            await self.dependencies.require_ready(ks, artifact)
        async with attempt.stage(doing("Fetching manifests", ks, attempt), "ArtifactFailed"):
            tree = await self.artifacts.tree(ks, artifact)
        attempt.record(KustomizationStatus(last_attempted_revision=artifact.revision))
        async with attempt.stage(doing("Building manifests", ks, attempt), "BuildFailed"):
            built = await self.builder.build(ks, tree)
            plan = None if await self.cluster.rests(ks, built) else self._plan(ks, built)
        async with kept(attempt, built.digest, self.clock):
            if plan is None:
                attempt.unmark("Healthy")
            else:
                await self._bring_about(ks, attempt, plan)
                self.cluster.rest(ks, built, attempt.status.inventory)
        attempt.record(_applied(artifact))
        took = since(started, self.clock)
        attempt.tell("ReconciliationSucceeded", finished(ks, took), commit_status="update")
        return Ready("ReconciliationSucceeded", f"Applied revision: {artifact.revision}")

    async def _bring_about(
        self, ks: Kustomization, attempt: Attempt[KustomizationStatus], plan: Plan
    ) -> None:
        """Apply, prune, and wait until it is healthy."""
        await self._guard(ks, attempt, plan)
        changes = await self._apply(ks, attempt, plan)
        await self._prune(ks, attempt, plan.after(changes))
        await self._check(ks, attempt, changes)

    def _plan(self, ks: Kustomization, built: Built) -> Plan:
        return make_plan(
            built.manifests,
            ks.status.inventory,
            prune=ks.spec.prune,
            early=self.rules.early_kinds,
            run=self._run(ks, built),
        )

    async def _put_right(
        self, ks: Kustomization, attempt: Attempt[KustomizationStatus], moved: Sequence[Manifest]
    ) -> Ready:
        """Drift: put back what has moved since it was applied. All else stays as it was said."""
        revision, origin = ks.status.last_applied_revision, ks.status.last_applied_origin_revision
        attempt.concern(revision=revision, originRevision=origin)
        early = self.rules.early_kinds
        plan = make_plan(moved, ks.status.inventory, prune=False, early=early)
        changes = await self._apply(ks, attempt, plan)
        if changes:
            await self._check(ks, attempt, changes)
            _leave_healthy(ks, attempt)
        return Ready("ReconciliationSucceeded", f"Applied revision: {revision}")

    def _run(self, ks: Kustomization, built: Built) -> Run | None:
        """Which run this is part of, where waves and hooks count."""
        if not is_enabled(ks.metadata.annotations, self.rules.argo):
            return None
        return run_of(ks.status.history, built.digest)

    async def finalize(self, ks: Kustomization, attempt: Attempt[KustomizationStatus]) -> None:
        """Delete what was applied, as the deletion policy says."""
        if not deletes_at_the_end(ks):
            return
        admit(ks, self.rules)
        attempt.concern(revision=ks.status.last_applied_revision)
        async with attempt.stage("Deleting what was applied", "PruneFailed"):
            refs = deletion_order(refs_of(ks.status.inventory), self.rules.early_kinds)
            if await self.cluster.has_account(ks):
                await self._delete(ks, attempt, refs)
            else:
                attempt.tell("PruneFailed", left_behind(ks, refs), severity="error")

    async def _guard(
        self, ks: Kustomization, attempt: Attempt[KustomizationStatus], plan: Plan
    ) -> None:
        """Refuse to delete everything. Before the first write: that widens the inventory, and the
        next attempt could not tell any more that nothing of the old is left."""
        async with attempt.stage(doing("Looking at what goes", ks, attempt), "PruneFailed"):
            plan.require_something_left(ks.metadata.annotations)

    async def _apply(
        self, ks: Kustomization, attempt: Attempt[KustomizationStatus], plan: Plan
    ) -> ChangeLog:
        """Apply. What may be there from the first write on is in the inventory before it."""
        changes = ChangeLog()
        stage = doing("Detecting drift", ks, attempt)
        async with attempt.stage(stage, "ReconciliationFailed"), told(attempt, changes):
            if plan.widens:
                await attempt.persist(KustomizationStatus(inventory=plan.ventured))
            await self.cluster.apply(ks, plan.batches, changes, self._mender(ks, attempt))
        return changes

    async def _prune(
        self, ks: Kustomization, attempt: Attempt[KustomizationStatus], plan: Plan
    ) -> None:
        """Delete what is stale. What could not be deleted stays in the inventory."""
        changes = ChangeLog(skips_are_news=True)
        stage = doing(f"Pruning {len(plan.stale)} objects", ks, attempt)
        async with attempt.stage(stage, "PruneFailed"), told(attempt, changes):
            pruned = await self.cluster.prune(ks, plan.stale, changes)
            attempt.record(KustomizationStatus(inventory=plan.settled(pruned.unconfirmed)))
            require_none(pruned.faults)

    async def _check(
        self, ks: Kustomization, attempt: Attempt[KustomizationStatus], changes: ChangeLog
    ) -> None:
        """Wait until what the spec names is healthy."""
        if not (ks.spec.wait or ks.spec.health_checks):
            attempt.unmark("Healthy")
            return
        stage = doing("Running health checks", ks, attempt)
        attempt.mark("Healthy", Mark("Unknown", "Progressing", stage))
        async with attempt.stage(stage, "HealthCheckFailed"):
            targets = targets_of(ks, changes)
            report = await self.cluster.check(ks, targets, changes, self._mender(ks, attempt))
            attempt.mark("Healthy", report.mark)
            report.require()
        if _is_news(ks, attempt, changes):
            attempt.tell("Progressing", report.message)

    def _mender(self, ks: Kustomization, attempt: Attempt[KustomizationStatus]) -> Mend:
        """How what moves during a wait is put right: a wait may be long."""

        async def mend(moved: Sequence[Manifest]) -> None:
            early, changes = self.rules.early_kinds, ChangeLog()
            plan = make_plan(moved, ks.status.inventory, prune=False, early=early)
            async with told(attempt, changes):
                await self.cluster.apply(ks, plan.batches, changes)

        return mend

    async def _delete(
        self, ks: Kustomization, attempt: Attempt[KustomizationStatus], refs: Sequence[Ref]
    ) -> None:
        """Delete the objects, and wait for their end where the policy wants that."""
        changes = ChangeLog(skips_are_news=True)
        async with told(attempt, changes):
            pruned = await self.cluster.prune(ks, refs, changes)
        attempt.record(KustomizationStatus(inventory=inventory_of(pruned.unconfirmed)))
        require_none(pruned.faults)
        if ks.spec.deletion_policy == "WaitForTermination":
            left = await self.cluster.wait_gone(ks, changes.deleted())
            if left:
                # As in Flux, the Kustomization goes all the same: the objects are on their way.
                attempt.tell("PruneFailed", still_there(ks, left), severity="error")


def _applied(artifact: Artifact) -> KustomizationStatus:
    return KustomizationStatus(
        last_applied_revision=artifact.revision,
        last_applied_origin_revision=artifact.origin_revision,
    )


def _leave_healthy(ks: Kustomization, attempt: Attempt[KustomizationStatus]) -> None:
    """What was said of health is said again, where it is still true: how long it took to see that
    once more is worth no write."""
    was = find(ks.status.conditions, "Healthy")
    if was is not None and was.status == "True":
        attempt.mark("Healthy", Mark(was.status, was.reason, was.message))


def _is_news(ks: Kustomization, attempt: Attempt[KustomizationStatus], changes: ChangeLog) -> bool:
    """Whether being healthy is worth an event: it was not, or all is new (flux.md 12 (52))."""
    renewed = ks.status.last_applied_revision != attempt.about.get("revision") and bool(changes)
    return renewed or not is_true(ks.status.conditions, "Healthy")
