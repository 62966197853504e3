"""Going back to an earlier release (Helm's pkg/action/rollback.go)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from helm_controller.application import Applied, Change, bring, delete_all
from helm_controller.hook_run import HookRun, Underway
from helm_controller.installing import release_objects
from helm_controller.release_making import Method, method_of, rolled_back
from helm_controller.release_record import Record
from helm_controller.terms import Terms
from helm_controller.upgrading import former_objects
from helm_controller.workplace import Workplace
from shared.manifest.identity import Manifest, Ref
from shared.problem import Problem


@dataclass(frozen=True, slots=True)
class RollingBack:
    """How a release is rolled back. `method`: how its objects are written."""

    work: Workplace
    terms: Terms
    method: Method

    async def run(self, earlier: Record, before: Sequence[Record]) -> Record:
        """Release `earlier` once more; the record of that. `before`: the records there are, the
        newest last. Raises a Problem where that fails; once a record was made it says so too."""
        current = before[-1]
        record = rolled_back(current, earlier, self.method, self.work.clock.now())
        change = Change(
            await self._former(earlier, before),
            await release_objects(self.work, record),
            self.method,
            replaces=self.terms.replaces and self.method == "csa",
            counts=self.terms.cleans_up,
            inherits=self.method == "ssa" and method_of(current) == "csa",
        )
        await self.work.ledger.create(record, before)
        underway, applied = Underway(record), Applied()
        try:
            await self._perform(underway, change, applied)
        except Problem as problem:
            said = f'Rollback "{record.name}" failed: {problem}'
            await self.work.ledger.update(underway.become("failed", said))
            if self.terms.cleans_up:
                await delete_all(self.work, applied.created)
            raise
        for old in before:
            if old.status == "deployed":
                await self.work.ledger.update(old.with_status("superseded"))
        await self.work.ledger.update(
            underway.become("deployed", f"Rollback to {earlier.revision}")
        )
        return underway.record

    async def _former(self, earlier: Record, before: Sequence[Record]) -> list[Manifest]:
        """The objects of what came after `earlier`, each as it was last. Helm takes those of the
        newest release alone: where that is a rollback that was cut off, what is to go is not in
        it."""
        found: dict[Ref, Manifest] = {}
        for record in before:
            if record.revision > earlier.revision or record is before[-1]:
                objects = await former_objects(self.work, record)
                found |= {Ref.of(one): one for one in objects}
        return list(found.values())

    async def _perform(self, underway: Underway, change: Change, applied: Applied) -> None:
        hooks = HookRun(self.work, self.terms, self.method)
        if self.terms.hooks:
            await hooks.run(underway, "pre-rollback")
        await bring(self.work, change, applied)
        await self.work.waiter.until_ready(change.after, self.terms, applied.answers)
        if self.terms.hooks:
            await hooks.run(underway, "post-rollback")
