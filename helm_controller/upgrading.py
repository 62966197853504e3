"""Upgrading a release (Helm's pkg/action/upgrade.go, Flux's internal/action/upgrade.go)."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace

from helm_controller.application import Applied, Change, bring, delete_all, require_free
from helm_controller.hook_run import HookRun, Underway
from helm_controller.installing import release_objects, write_definitions
from helm_controller.kitchen import Dish, Kitchen
from helm_controller.objects import is_known, objects_of, owned, placed
from helm_controller.problem import HelmError
from helm_controller.release_diff import changes_between
from helm_controller.release_making import Draft, method_of, upgraded
from helm_controller.release_record import Record
from helm_controller.terms import Terms
from helm_controller.values import merged
from helm_controller.workplace import Workplace
from shared.manifest.identity import Manifest, Ref, section, text
from shared.problem import Problem

_PENDING = "pending-"


@dataclass(frozen=True, slots=True)
class Upgrading:
    """How a release is upgraded. `preserves`: whether the values of the release before stay where
    no new ones are given."""

    work: Workplace
    kitchen: Kitchen
    terms: Terms
    preserves: bool = False

    async def run(self, dish: Dish, before: Sequence[Record]) -> Record:
        """Upgrade; the record of the release. `before`: those there are, the newest last. Raises a
        Problem where that fails; once a record was made it says so too."""
        last, base = before[-1], base_of(before)
        await write_definitions(self.work, self.kitchen, self.terms, dish)
        draft = await self._rendered(dish, last, base)
        record = upgraded(draft, last, base, self.work.clock.now())
        change = await self._change(record, base)
        self.work.ledger.store.changes = await asyncio.to_thread(self._told, change)
        await self.work.ledger.create(record, before)
        underway, applied = Underway(record), Applied()
        try:
            await self._perform(underway, change, applied)
        except Problem as problem:
            said = f'Upgrade "{record.name}" failed: {problem}'
            await self.work.ledger.update(underway.become("failed", said))
            if self.terms.cleans_up:
                await delete_all(self.work, applied.created)
            raise
        if base.revision != record.revision:
            await self.work.ledger.update(base.with_status("superseded"))
        await self.work.ledger.update(underway.become("deployed", "Upgrade complete"))
        return underway.record

    async def _rendered(self, dish: Dish, last: Record, base: Record) -> Draft:
        over = None
        if self.preserves:
            old = section(base.release, "config")
            defaults = section(section(base.release, "chart"), "values")
            dish = replace(dish, values=merged(old, dish.values))
            over = merged(defaults, dish.values)
        return await self.kitchen.rendered(dish, last.revision + 1, is_upgrade=True, over=over)

    async def _change(self, record: Record, base: Record) -> Change:
        """What the upgrade changes. Raises HelmError where an object that is new to the release is
        somebody else's."""
        after = await release_objects(self.work, record)
        before = await former_objects(self.work, base)
        if not self.terms.adopts:
            known = {Ref.of(one) for one in before}
            await require_free(self.work, [one for one in after if Ref.of(one) not in known])
        method = method_of(record)
        return Change(
            before,
            after,
            method,
            replaces=self.terms.replaces and method == "csa",
            counts=self.terms.cleans_up,
            inherits=method == "ssa" and method_of(base) == "csa",
        )

    def _told(self, change: Change) -> str:
        """What the upgrade changes, for people."""
        before = [owned(one, self.work.target) for one in change.before]
        return changes_between(before, change.after)

    async def _perform(self, underway: Underway, change: Change, applied: Applied) -> None:
        hooks = HookRun(self.work, self.terms, change.method)
        if self.terms.hooks:
            await hooks.run(underway, "pre-upgrade")
        await bring(self.work, change, applied)
        await self.work.waiter.until_ready(change.after, self.terms, applied.answers)
        if self.terms.hooks:
            await hooks.run(underway, "post-upgrade")


def base_of(records: Sequence[Record]) -> Record:
    """The release that is on the cluster: the last deployed one, or else the last that has failed
    or was superseded. Raises HelmError where there is none, or somebody is at it."""
    last = records[-1]
    if last.status.startswith(_PENDING):
        raise HelmError("release", "another operation (install/upgrade/rollback) is in progress")
    deployed = [one for one in records if one.status == "deployed"]
    if deployed:
        return deployed[-1]
    if last.status not in {"failed", "superseded"}:
        raise HelmError("release", f'"{last.name}" has no deployed releases')
    return last


async def former_objects(work: Workplace, record: Record) -> list[Manifest]:
    """The objects of a release as it was. Those of kinds that the cluster does not know any more
    are gone with them. Raises HelmError, ClusterError."""
    objects = objects_of(text(record.release, "manifest"))
    known = [one for one in objects if await is_known(work.client.discovery, one)]
    return await placed(work.client.discovery, known, work.target.namespace)
