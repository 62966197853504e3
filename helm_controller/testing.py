"""Running the tests of a release (Helm's pkg/action/release_testing.go)."""

from __future__ import annotations

from dataclasses import dataclass

from helm_controller.hook_run import HookRun, Underway
from helm_controller.release_making import method_of
from helm_controller.release_record import Record
from helm_controller.terms import Terms
from helm_controller.workplace import Workplace


@dataclass(frozen=True, slots=True)
class Testing:
    """How tests are run. `names`: those that are meant, all where there are none, without those of
    `excluded`."""

    __test__ = False

    work: Workplace
    terms: Terms
    names: frozenset[str] = frozenset()
    excluded: frozenset[str] = frozenset()

    async def run(self, record: Record) -> Record:
        """Run the tests; the record with what they came to. Raises HelmError where one fails, which
        is recorded too."""
        underway = Underway(record)
        method = method_of(record)
        hooks = HookRun(self.work, self.terms, method, self.names, self.excluded)
        try:
            await hooks.run(underway, "test")
        finally:
            await self.work.ledger.update(underway.record)
        return underway.record
