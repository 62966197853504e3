"""Running the hooks of a release: one after the other, by weight and name.

From Helm's pkg/action/hooks.go. A hook that is there from before is deleted first, unless it says
otherwise; one that fails ends the action; what they say about deletion is done at the end.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal, cast

from helm_controller.application import delete_all
from helm_controller.objects import objects_of, placed
from helm_controller.observation import events_of
from helm_controller.pod_log import last_words
from helm_controller.problem import HelmError
from helm_controller.release_making import Method, stamp
from helm_controller.release_record import Record
from helm_controller.terms import Terms
from helm_controller.workplace import Workplace
from shared.cluster.error import ClusterError
from shared.manifest.identity import Manifest, Ref, text
from shared.problem import Problem

Event = Literal[
    "pre-install", "post-install", "pre-upgrade", "post-upgrade", "pre-rollback", "post-rollback",
    "pre-delete", "post-delete", "test",
]  # fmt: skip
BEFORE, SUCCEEDED, FAILED = "before-hook-creation", "hook-succeeded", "hook-failed"


@dataclass(slots=True)
class Underway:
    """The record of a release that an action works on, as it is by now."""

    record: Record

    def ran(self, hook: Manifest, run: Manifest) -> None:
        """A hook was run."""
        hooks = [{**one, "last_run": run} if _is(one, hook) else one for one in self.record.hooks]
        self.record = replace(self.record, release={**self.record.release, "hooks": hooks})

    def become(self, status: str, description: str) -> Record:
        """The release is in another state; the record of it."""
        self.record = self.record.with_status(status, description)
        return self.record


@dataclass(frozen=True, slots=True)
class HookRun:
    """Runs hooks. `method`: how they are written; `names`: which tests are meant, all where there
    are none, without those of `excluded`."""

    work: Workplace
    terms: Terms
    method: Method
    names: frozenset[str] = frozenset()
    excluded: frozenset[str] = frozenset()

    async def run(self, underway: Underway, event: Event) -> None:
        """Run the hooks of an event. Raises HelmError where one fails, with the end of its log
        where the chart asks for that; the others are not run then."""
        hooks = self.chosen(underway.record, event)
        for at, hook in enumerate(hooks):
            try:
                await self._one(underway, hook, event)
            except Problem as problem:
                await self._tidied(hooks[:at], hook)
                raise HelmError("release", f"{event} hooks failed: {problem}") from problem
        for hook in reversed(hooks):
            await self._deleted(hook, SUCCEEDED)

    def chosen(self, record: Record, event: Event) -> list[Manifest]:
        """The hooks of an event that are meant, in the order in which they are run."""
        meant = [
            hook
            for hook in record.hooks
            if event in events_of(hook)
            and text(hook, "name") not in self.excluded
            and (not self.names or text(hook, "name") in self.names)
        ]
        return sorted(meant, key=lambda hook: (_weight(hook), text(hook, "name")))

    async def _one(self, underway: Underway, hook: Manifest, event: Event) -> None:
        work = self.work
        await self._deleted(hook, BEFORE)
        objects = await self._objects(hook)
        started = stamp(work.clock.now())
        underway.ran(hook, {"started_at": started, "phase": "Running"})
        await work.ledger.update(underway.record)
        phase = "Failed"
        try:
            for one in objects:
                await self._created(one)
            for one in objects:
                await work.waiter.until_done(one, self.terms.limit, self.terms.health)
            phase = "Succeeded"
        except Problem as problem:
            said = await last_words(work.client, hook, work.target.namespace)
            place = f"{text(hook, 'kind')} {text(hook, 'name')} ({text(hook, 'path')})"
            raise HelmError("release", f"hook {place}: {problem}{said}") from problem
        finally:
            ended = stamp(work.clock.now())
            underway.ran(hook, {"started_at": started, "completed_at": ended, "phase": phase})

    async def _created(self, manifest: Manifest) -> None:
        """Make the object of a hook. It is nobody's but the hook's: what others hold is left."""
        self.work.touch(Ref.of(manifest))
        if self.method == "csa":
            await self.work.client.create(manifest, manager=self.work.manager)
        else:
            await self.work.client.apply(manifest, manager=self.work.manager, force=False)

    async def _tidied(self, before: Sequence[Manifest], failed: Manifest) -> None:
        """Delete what a failure asks to be deleted. That it fails is not the point any more."""
        try:
            await self._deleted(failed, FAILED)
            for hook in before:
                await self._deleted(hook, SUCCEEDED)
        except (ClusterError, HelmError):
            return

    async def _deleted(self, hook: Manifest, policy: str) -> None:
        """Delete the object of a hook if it asks for that, and wait until it is gone. A definition
        never is: everything of its kind would go along."""
        if text(hook, "kind") == "CustomResourceDefinition" or policy not in _policies(hook):
            return
        refs = [Ref.of(one) for one in await self._objects(hook)]
        left = await delete_all(self.work, refs)
        # Hooks are waited for though nothing else is.
        await self.work.waiter.until_gone(left, replace(self.terms, waits=True))

    async def _objects(self, hook: Manifest) -> list[Manifest]:
        objects = objects_of(text(hook, "manifest"))
        return await placed(self.work.client.discovery, objects, self.work.target.namespace)


def _policies(hook: Manifest) -> Sequence[object]:
    return cast("list[object]", hook.get("delete_policies") or [BEFORE])


def _weight(hook: Manifest) -> int:
    found = hook.get("weight")
    return found if isinstance(found, int) else 0


def _is(one: Manifest, other: Manifest) -> bool:
    keys = ("path", "kind", "name")
    return all(one.get(key) == other.get(key) for key in keys)
