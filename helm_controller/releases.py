"""The releases of HelmReleases: where they are, and the actions on them, on their own terms."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Hashable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

from helm_controller.account import unlocked
from helm_controller.admission import Rules, tenant_of
from helm_controller.chart import Chart
from helm_controller.definitions import definitions_in
from helm_controller.drift_guard import Drifted, DriftGuard
from helm_controller.ignore_rule import ignored_in
from helm_controller.installing import Installation, release_objects
from helm_controller.inventory import inventory_of
from helm_controller.kitchen import Dish, Kitchen
from helm_controller.post_render import Strategy, post_render
from helm_controller.problem import HelmError
from helm_controller.reckoning import is_asked
from helm_controller.register import Register
from helm_controller.release_making import Method, method_of
from helm_controller.release_record import OWNER, Record
from helm_controller.release_store import MANAGER, SECRET, ReleaseStore
from helm_controller.rolling_back import RollingBack
from helm_controller.second_look import Look, SecondLook, looks_again
from helm_controller.standing import Standings
from helm_controller.target import Target, most_revisions, target_of
from helm_controller.task import Ingredients
from helm_controller.terms import (
    Defaults,
    install_method,
    install_terms,
    later_method,
    rollback_terms,
    test_terms,
    uninstall_terms,
    upgrade_terms,
)
from helm_controller.testing import Testing
from helm_controller.uninstalling import Uninstallation
from helm_controller.upgrading import Upgrading
from helm_controller.waiting import Waiter
from helm_controller.workplace import Ledger, Workplace
from shared.api.helm_action import Install, Rollback, Test, Uninstall, Upgrade
from shared.api.helm_release import DriftDetection, HelmRelease
from shared.api.inventory import Inventory
from shared.cluster.client import Client
from shared.cluster.error import ClusterError, NotFound
from shared.manifest.identity import Manifest, Ref
from shared.operation.change import ChangeLog
from shared.operation.interruption import Interruptions
from shared.operation.place import Place, Places
from shared.operation.problem import OperationProblem
from shared.operation.tenant import Tenant
from shared.operation.watching import Watching
from shared.reconcile.clock import Clock
from shared.reconcile.failure import Retryable


@dataclass(frozen=True, slots=True)
class Release:
    """One release, as its HelmRelease may act on it. Every action raises a Problem where it fails;
    `written` tells what it left behind in any case."""

    hr: HelmRelease
    work: Workplace
    kitchen: Kitchen
    defaults: Defaults
    guard: DriftGuard
    register: Register

    def written(self) -> tuple[Record, ...]:
        """The records that were written since the last question, the newest first."""
        found = self.work.ledger.written
        records = tuple(found[revision] for revision in sorted(found, reverse=True))
        found.clear()
        return records

    def changes(self) -> str:
        """What was changed of the objects since the last question, a line each."""
        store = self.work.ledger.store
        changes, store.changes = store.changes, ""
        return changes

    def standing(self, reason: Hashable) -> bool:
        """Whether nothing has moved since the release was found in order for this reason."""
        return self.register.find(reason) is not None

    async def stand(self, reason: Hashable, records: Sequence[Record]) -> None:
        """The release was found in order for this reason."""
        last = records[-1]
        objects = await self._objects(last) if self._is_guarded else ()
        self.register.keep(reason, self.work.ledger.store, last, objects)

    async def drift(self, records: Sequence[Record]) -> Drifted:
        """What has drifted; nothing where nobody wants to know. `records`: those there are, none
        where the release stands. Raises a Problem where that cannot be told."""
        if not self._is_guarded:
            return Drifted()
        objects = await self._objects(records[-1]) if records else self.register.objects
        return await self.guard.look(objects)

    async def correct(self, drifted: Drifted, changes: ChangeLog) -> None:
        """Put right what has drifted."""
        await self.guard.correct(drifted, changes)

    @property
    def _is_guarded(self) -> bool:
        return is_guarded(self.hr)

    async def _objects(self, record: Record) -> tuple[Manifest, ...]:
        return tuple(await release_objects(self.work, record))

    async def records(self) -> list[Record]:
        """The records there are, the newest last. Raises HelmError, ClusterError."""
        return await self.work.ledger.store.history()

    async def install(self, made_of: Ingredients, before: Sequence[Record]) -> None:
        """Install the chart."""
        said = self.hr.spec.install or Install()
        terms = install_terms(self.hr, self.defaults)
        makes = said.create_namespace and bool(self.hr.spec.target_namespace)
        action = Installation(self.work, self.kitchen, terms, said.replace, makes)
        method = install_method(self.hr, self.defaults)
        await action.run(self._dish(made_of, method, checks=terms.checks_values), before)

    async def upgrade(self, made_of: Ingredients, before: Sequence[Record]) -> None:
        """Upgrade to the chart."""
        said = self.hr.spec.upgrade or Upgrade()
        terms = upgrade_terms(self.hr, self.defaults)
        action = Upgrading(self.work, self.kitchen, terms, said.preserve_values)
        method = later_method(said.server_side_apply, method_of(before[-1]))
        await action.run(self._dish(made_of, method, checks=terms.checks_values), before)

    async def roll_back(self, revision: int, before: Sequence[Record]) -> None:
        """Go back to a revision."""
        earlier = next((one for one in before if one.revision == revision), None)
        if earlier is None:
            raise HelmError("release", f"release has no {revision} version")
        said = self.hr.spec.rollback or Rollback()
        method = later_method(said.server_side_apply, method_of(earlier))
        action = RollingBack(self.work, rollback_terms(self.hr, self.defaults), method)
        await action.run(earlier, before)

    async def uninstall(self, before: Sequence[Record]) -> None:
        """Uninstall it."""
        said = self.hr.spec.uninstall or Uninstall()
        terms = uninstall_terms(self.hr)
        await Uninstallation(self.work, terms, said.keep_history, said.deletion_propagation).run(
            before
        )

    async def test(self, last: Record) -> None:
        """Run its tests."""
        filters = (self.hr.spec.test or Test()).filters
        names = frozenset(one.name for one in filters if not one.exclude)
        excluded = frozenset(one.name for one in filters if one.exclude)
        await Testing(self.work, test_terms(self.hr), names, excluded).run(last)

    async def unlock(self, last: Record) -> None:
        """Say that what somebody has begun with it, and not ended, has failed."""
        ledger = self.work.ledger
        await ledger.update(unlocked(last, ledger.store.writers.get(last.revision, "")))

    async def inventory(self, record: Record, chart: Chart) -> Inventory:
        """The objects of a release."""
        objects = await release_objects(self.work, record)
        return inventory_of(objects, definitions_in(chart.definitions, {}))

    async def outdated(self, made_of: Ingredients, last: Record) -> Look:
        """What the chart would render to now, where it looks things up and that counts."""
        if not self.looks_again or not made_of.chart.looks_up:
            return "same"
        said = self.hr.spec.upgrade or Upgrade()
        dish = self._dish(made_of, method_of(last), checks=not said.disable_schema_validation)
        return await SecondLook(self.kitchen, said.preserve_values).of(dish, last)

    @property
    def looks_again(self) -> bool:
        """Whether charts that look things up are rendered in every attempt."""
        return looks_again(self.hr)

    def is_left(self, last: Record) -> bool:
        """Whether it is uninstalled already, and its records are to stay."""
        said = self.hr.spec.uninstall or Uninstall()
        return last.status == "uninstalled" and said.keep_history

    def _dish(self, made_of: Ingredients, method: Method, *, checks: bool) -> Dish:
        by_default: Strategy = "nohooks" if self.defaults.helm3 else "combined"
        post = post_render(self.hr, by_default=by_default)
        work = self.work
        return Dish(made_of.chart, made_of.values, work.target, method, post, work.client, checks)


def is_guarded(hr: HelmRelease) -> bool:
    """Whether drift is looked for."""
    detection = hr.spec.drift_detection
    return detection is not None and detection.mode in {"enabled", "warn"}


@dataclass(frozen=True, slots=True)
class Releases:
    """Where the releases of HelmReleases are. `kitchens`: what renders for a cluster;
    `interruptions`: those whose wait ends when there is something newer to release."""

    rules: Rules
    places: Places
    kitchens: Callable[[Client], Kitchen]
    standings: Callable[[Client], Standings]
    interruptions: Interruptions
    clock: Clock
    defaults: Defaults

    @asynccontextmanager
    async def of(self, hr: HelmRelease, target: Target | None = None) -> AsyncIterator[Release]:
        """The release of a HelmRelease, or an earlier one at `target`, which is there while inside.
        Raises Retryable where the way to its cluster cannot be read, and Stalled where it never
        will be."""
        tenant = tenant_of(hr, self.rules)
        place = target or target_of(hr)
        async with AsyncExitStack() as stack:
            found = await self._place(stack, tenant)
            client, standings = found.client, self.standings(found.client)
            store = ReleaseStore(
                client, self.clock, place.name, place.storage, most_revisions(hr), standings.note
            )
            work = self._workplace(hr, found, store, place)
            guard = DriftGuard(found, hr.spec.drift_detection or DriftDetection(), is_asked(hr))
            records = found.outlines.of(SECRET, metadata_only=True, labels=f"owner={OWNER}")
            register = Register(standings, records, tenant.owner)
            yield Release(hr, work, self.kitchens(client), self.defaults, guard, register)

    async def _place(self, stack: AsyncExitStack, tenant: Tenant) -> Place:
        try:
            return await stack.enter_async_context(self.places.of(tenant))
        except ClusterError as error:
            raise Retryable("RESTClientError", str(error)) from error

    def _workplace(
        self, hr: HelmRelease, found: Place, store: ReleaseStore, target: Target
    ) -> Workplace:
        memory, owner = found.rollout.memory, tenant_of(hr, self.rules).owner
        waiter = Waiter(
            found.client, Watching(self.clock, sight=memory.sight), self.interruptions.of(owner)
        )
        rules = (hr.spec.drift_detection or DriftDetection()).ignore

        def wrote(wanted: Manifest, answer: Manifest) -> None:
            if is_guarded(hr):
                memory.keep(wanted, answer, ignored_in(rules, wanted))

        return Workplace(
            found.client, waiter, Ledger(store), self.clock, target, owner, MANAGER,
            memory.forget, wrote, memory.outline,
        )  # fmt: skip

    async def has_account(self, hr: HelmRelease) -> bool:
        """Whether the account exists that the HelmRelease acts as, and the way to its cluster.
        Raises a Problem where nobody knows."""
        if not await self._has_way(hr):
            return False
        try:
            return await self.places.has_account(tenant_of(hr, self.rules))
        except OperationProblem as problem:
            raise HelmError(
                "release",
                f"{problem.__cause__ or problem}. The release stays, and so does this object, until"
                " the cluster can be reached; set spec.suspend: true to let go of it",
            ) from problem

    async def _has_way(self, hr: HelmRelease) -> bool:
        """Whether what names another cluster is still there. Raises ClusterError."""
        reference = hr.spec.kube_config
        if reference is None:
            return True
        secret, config_map = reference.secret_ref, reference.config_map_ref
        kind, name = ("Secret", secret.name) if secret else ("ConfigMap", "")
        name = config_map.name if config_map and not secret else name
        try:
            await self.places.home.client.get(Ref("", kind, hr.metadata.namespace, name, "v1"))
        except NotFound:
            return False
        return True
