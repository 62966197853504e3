"""The cluster as a Kustomization may act on it: with its own account's rights."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from kustomize_controller.change import ChangeLog
from kustomize_controller.conductor import Conductor, Score
from kustomize_controller.drift import Drifts
from kustomize_controller.health_expression import health_rules
from kustomize_controller.health_report import HealthReport
from kustomize_controller.interruption import Interruptions
from kustomize_controller.kustomization import Pruned
from kustomize_controller.limit import timeout_of
from kustomize_controller.mark import owner_labels
from kustomize_controller.place import Places
from kustomize_controller.plan import Batch
from kustomize_controller.pruning import Pruning
from kustomize_controller.vigil import Wait
from kustomize_controller.watching import Watching
from shared.api.kustomization import Kustomization
from shared.manifest.identity import Manifest, Ref
from shared.reconcile.failure import Waiting
from shared.runtime.queue import Key


@dataclass(frozen=True, slots=True)
class TenantCluster:
    """Applies, prunes and waits in the name of each Kustomization's account."""

    places: Places
    pruning: Pruning
    watching: Watching
    interruptions: Interruptions
    drifts: Drifts

    def moved(self, ks: Kustomization) -> Sequence[Manifest] | None:
        """What has moved since it was applied, where that is all there is to be looked at."""
        return self.drifts.of(ks)

    async def apply(self, ks: Kustomization, batches: Sequence[Batch], changes: ChangeLog) -> None:
        """Bring objects to what was built; wave by wave, and with hooks, where those count. Raises
        Waiting where there is something newer to apply than what is being waited for."""
        async with self.places.of(ks) as place:
            if not any(batch.slot for batch in batches):
                await place.rollout.apply(place.client, ks, batches, changes)
                return
            with self.interruptions.heeded(_key(ks)) as cancel:
                score = Score(ks, batches, changes, cancel, health_rules(ks).judge)
                await Conductor(place, self.watching).conduct(score)

    async def prune(self, ks: Kustomization, stale: Sequence[Ref], changes: ChangeLog) -> Pruned:
        """Delete objects that are ours."""
        async with self.places.of(ks) as place:
            for ref in stale:
                place.rollout.memory.forget(ref)
            return await self.pruning.prune(place.client, ks, stale, changes)

    async def check(
        self, ks: Kustomization, targets: Sequence[Ref], changes: ChangeLog
    ) -> HealthReport:
        """Wait until all are healthy, one has failed, or the time is up. Raises Waiting where
        there is something newer to apply."""
        with self.interruptions.heeded(_key(ks)) as cancel:
            wait = Wait(
                tuple(targets),
                timeout_of(ks),
                _labels(ks),
                changes.answers,
                cancel,
                health_rules(ks).judge,
            )
            async with self.places.of(ks) as place:
                report = await self.watching.until_current(place.client, wait)
        if report is None:
            raise Waiting(
                "HealthCheckCanceled",
                "there is something newer to apply: the wait for what was applied has ended",
                timedelta(0),
            )
        return report

    async def wait_gone(self, ks: Kustomization, refs: Sequence[Ref]) -> tuple[Ref, ...]:
        """Wait until objects are gone; those that are left when the time is up."""
        wait = Wait(tuple(refs), timeout_of(ks))
        async with self.places.of(ks) as place:
            return await self.watching.until_gone(place.client, wait)

    async def has_account(self, ks: Kustomization) -> bool:
        """Whether the account exists that the Kustomization acts as."""
        return await self.places.has_account(ks)


def _key(ks: Kustomization) -> Key:
    return Key(ks.metadata.namespace, ks.metadata.name)


def _labels(ks: Kustomization) -> str:
    """With `wait` all that is waited for is ours; objects of healthChecks may be anybody's."""
    if not ks.spec.wait:
        return ""
    own = owner_labels(ks.metadata.namespace, ks.metadata.name)
    return ",".join(f"{key}={value}" for key, value in own.items())
