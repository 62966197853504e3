"""Installing a release (Helm's pkg/action/install.go, Flux's internal/action/install.go)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from helm_controller.application import Applied, Change, bring, require_free
from helm_controller.definitions import Definitions
from helm_controller.hook_run import HookRun, Underway
from helm_controller.kitchen import Dish, Kitchen
from helm_controller.objects import objects_of, owned, placed
from helm_controller.problem import HelmError
from helm_controller.release_making import installed
from helm_controller.release_record import Record
from helm_controller.rendering import Definition
from helm_controller.terms import Terms
from helm_controller.workplace import Workplace
from shared.cluster.error import Conflict
from shared.manifest.identity import Manifest, text
from shared.problem import Problem


@dataclass(frozen=True, slots=True)
class Installation:
    """How a chart is installed. `reuses`: whether the name may be that of a release that has
    failed or was uninstalled; `makes_namespace`: whether the namespace is made."""

    work: Workplace
    kitchen: Kitchen
    terms: Terms
    reuses: bool = False
    makes_namespace: bool = False

    async def run(self, dish: Dish, before: Sequence[Record]) -> Record:
        """Install; the record of the release. Raises a Problem where that fails; once a record was
        made it says so too."""
        revision = self._revision(before)
        await write_definitions(self.work, self.kitchen, self.terms, dish)
        draft = await self.kitchen.rendered(dish, revision, is_upgrade=False)
        record = installed(draft, revision, self.work.clock.now())
        objects = await release_objects(self.work, record)
        if not self.terms.adopts:
            await require_free(self.work, objects)
        if self.makes_namespace:
            await self._make_namespace()
        if before:
            await self._supersede(before[-1])
        await self.work.ledger.create(record, before)
        underway = Underway(record)
        try:
            await self._perform(underway, dish, objects)
        except Problem as problem:
            said = f'Release "{record.name}" failed: {problem}'
            await self.work.ledger.update(underway.become("failed", said))
            raise
        await self.work.ledger.update(underway.become("deployed", "Install complete"))
        return underway.record

    async def _perform(self, underway: Underway, dish: Dish, objects: Sequence[Manifest]) -> None:
        hooks = HookRun(self.work, self.terms, dish.method)
        if self.terms.hooks:
            await hooks.run(underway, "pre-install")
        applied = Applied()
        await bring(self.work, Change((), objects, dish.method), applied)
        await self.work.waiter.until_ready(objects, self.terms, applied.answers)
        if self.terms.hooks:
            await hooks.run(underway, "post-install")

    def _revision(self, before: Sequence[Record]) -> int:
        """The revision to install as. Raises HelmError where the name is taken."""
        if not before:
            return 1
        if self.reuses and before[-1].status in {"uninstalled", "failed"}:
            return before[-1].revision + 1
        raise HelmError(
            "release", "release name check failed: cannot reuse a name that is still in use"
        )

    async def _supersede(self, last: Record) -> None:
        if last.status != "uninstalled":
            await self.work.ledger.update(last.with_status("superseded"))

    async def _make_namespace(self) -> None:
        name = self.work.target.namespace
        namespace: Manifest = {
            "apiVersion": "v1",
            "kind": "Namespace",
            "metadata": {"name": name, "labels": {"name": name}},
        }
        try:
            await self.work.client.create(namespace, manager=self.work.manager)
        except Conflict:
            return


async def write_definitions(
    work: Workplace, kitchen: Kitchen, terms: Terms, dish: Dish
) -> tuple[Definition, ...]:
    """Write the definitions of a chart, as the terms say; those that it has. Raises HelmError."""
    if terms.definitions == "Skip":
        return ()
    found = await kitchen.definitions(dish)
    replaces = terms.definitions == "CreateReplace"
    if found and await Definitions(work, dish.method, replaces).write(found):
        kitchen.forget()
    return found


async def release_objects(work: Workplace, record: Record) -> list[Manifest]:
    """The objects of a release, placed and marked as its own. Raises HelmError, ClusterError."""
    objects = objects_of(text(record.release, "manifest"))
    found = await placed(work.client.discovery, objects, work.target.namespace)
    return [owned(one, work.target) for one in found]
