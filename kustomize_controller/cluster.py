"""The cluster as a Kustomization may act on it: with its own account's rights."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager, suppress
from dataclasses import dataclass
from datetime import timedelta
from functools import partial

from kustomize_controller.admission import Rules
from kustomize_controller.built import Built
from kustomize_controller.conductor import Conductor, Judge, Score
from kustomize_controller.kustomization import Mend
from kustomize_controller.limit import timeout_of
from kustomize_controller.mark import MARKS
from kustomize_controller.plan import Turn, refs_of
from kustomize_controller.terms import (
    Pass,
    farewell_of,
    is_settled,
    key_of,
    may_rest,
    tenant_of,
    terms_of,
)
from shared.api.inventory import Inventory
from shared.api.kustomization import Kustomization
from shared.manifest.identity import Manifest, Ref
from shared.operation.change import ChangeLog, Pruned
from shared.operation.drift import Drifts
from shared.operation.health_expression import health_rules
from shared.operation.health_report import HealthReport
from shared.operation.interruption import Interruptions
from shared.operation.place import Place, Places
from shared.operation.pruning import Pruning, Site
from shared.operation.vigil import Wait
from shared.operation.watching import Watching
from shared.problem import Problem
from shared.reconcile.failure import Waiting


@dataclass(frozen=True, slots=True)
class TenantCluster:
    """Applies, prunes and waits in the name of each Kustomization's account."""

    rules: Rules
    places: Places
    pruning: Pruning
    watching: Watching
    interruptions: Interruptions
    drifts: Drifts

    def moved(self, ks: Kustomization) -> Sequence[Manifest] | None:
        """What has moved since it was applied, where that is all there is to be looked at."""
        return self.drifts.of(key_of(ks), settled=is_settled(ks))

    async def rests(self, ks: Kustomization, built: Built) -> bool:
        """Whether all of this build was gone through before, and nothing has become of any object
        since."""
        if not may_rest(ks, self.rules):
            return False
        rollout, owner = self.places.home.rollout, key_of(ks)
        if terms_of(ks).asked:
            await rollout.memory.level(rollout.memory.calms.kinds(owner))
        done = Pass.of(ks, built.digest, ks.status.inventory)
        count = rollout.memory.calms.objects(owner, done)
        rollout.done["unchanged"] += count
        if not count:
            rollout.memory.calms.begin(owner)
        return count > 0

    def rest(self, ks: Kustomization, built: Built, inventory: Inventory | None) -> None:
        """All of this build has been gone through, and is listed."""
        if may_rest(ks, self.rules):
            done = Pass.of(ks, built.digest, inventory)
            self.places.home.rollout.memory.rest(key_of(ks), done, refs_of(inventory))

    async def apply(
        self,
        ks: Kustomization,
        batches: Sequence[Turn],
        changes: ChangeLog,
        mend: Mend | None = None,
    ) -> None:
        """Bring objects to what was built; wave by wave, and with hooks, where those count: `mend`
        puts right what moves while one is waited for. Raises Waiting where there is something newer
        to apply than what is being waited for."""
        async with self._place(ks) as place:
            if not any(batch.slot for batch in batches):
                await place.rollout.apply(place.client, terms_of(ks), batches, changes)
                return
            with self.interruptions.heeded(key_of(ks)) as cancel:
                score = Score(ks, batches, changes, cancel, _judge(ks))
                watched = partial(self._watched, ks, place, mend=mend)
                await Conductor(place, self._watching(place), watched).conduct(score)

    async def prune(self, ks: Kustomization, stale: Sequence[Ref], changes: ChangeLog) -> Pruned:
        """Delete objects that are ours."""
        async with self._place(ks) as place:
            memory = place.rollout.memory
            for ref in stale:
                memory.forget(ref)
            farewell = farewell_of(ks, self.rules)
            site = Site(place.client, memory)
            return await self.pruning.prune(site, farewell, stale, changes)

    async def check(
        self, ks: Kustomization, targets: Sequence[Ref], changes: ChangeLog, mend: Mend
    ) -> HealthReport:
        """Wait until all are healthy, one has failed, or the time is up; `mend` puts right what
        moves meanwhile. Raises Waiting where there is something newer to apply."""
        with self.interruptions.heeded(key_of(ks)) as cancel:
            wait = Wait(
                tuple(targets),
                timeout_of(ks),
                _labels(ks),
                changes.answers,
                cancel,
                _judge(ks),
            )
            async with self._place(ks) as place:
                report = await self._watched(ks, place, wait, mend=mend)
        if report is None:
            raise Waiting(
                "HealthCheckCanceled",
                "there is something newer to apply: the wait for what was applied has ended",
                timedelta(0),
            )
        return report

    async def _watched(
        self, ks: Kustomization, place: Place, wait: Wait, *, mend: Mend | None
    ) -> HealthReport | None:
        """Wait; what moves meanwhile is put right. Where that goes wrong it is for the next
        attempt: the wait does not end by it."""
        if mend is None:
            return await self._watching(place).until_current(place.client, wait)
        with self.drifts.attended(key_of(ks)) as due:
            async with asyncio.TaskGroup() as tasks:
                mending = tasks.create_task(_keep_right(due, mend), name="mending")
                report = await self._watching(place).until_current(place.client, wait)
                mending.cancel()
        return report

    async def wait_gone(self, ks: Kustomization, refs: Sequence[Ref]) -> tuple[Ref, ...]:
        """Wait until objects are gone; those that are left when the time is up."""
        wait = Wait(tuple(refs), timeout_of(ks))
        async with self._place(ks) as place:
            return await self._watching(place).until_gone(place.client, wait)

    async def has_account(self, ks: Kustomization) -> bool:
        """Whether the account exists that the Kustomization acts as."""
        return await self.places.has_account(tenant_of(ks, self.rules))

    def _watching(self, place: Place) -> Watching:
        return self.watching.with_sight(place.rollout.memory.sight)

    def _place(self, ks: Kustomization) -> AbstractAsyncContextManager[Place]:
        return self.places.of(tenant_of(ks, self.rules))


async def _keep_right(due: Callable[[], Awaitable[Sequence[Manifest]]], mend: Mend) -> None:
    with suppress(Problem):
        while True:
            await mend(await due())


def _judge(ks: Kustomization) -> Judge:
    """How objects are, as the Kustomization sees it."""
    return health_rules(ks.spec.health_check_exprs).judge


def _labels(ks: Kustomization) -> str:
    """With `wait` all that is waited for is ours; objects of healthChecks may be anybody's."""
    if not ks.spec.wait:
        return ""
    own = MARKS.owner_labels(key_of(ks))
    return ",".join(f"{key}={value}" for key, value in own.items())
