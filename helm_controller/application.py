"""Writing the objects of a release: those of one kind at once, kind after kind.

From Helm's pkg/kube/client.go. Server-side apply takes what others hold, as Flux has it;
client-side apply creates, or patches what the chart has changed (`three_way.py`).
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import TypeVar

from helm_controller.objects import KEEP, RESOURCE_POLICY, owner_fault
from helm_controller.problem import HelmError
from helm_controller.release_making import Method
from helm_controller.three_way import replacement, three_way
from helm_controller.workplace import AT_ONCE, Workplace
from shared.cluster.client import Propagation
from shared.cluster.error import Conflict, NotFound
from shared.cluster.removal import remove
from shared.manifest.identity import Manifest, Ref, annotations_of, kind_of
from shared.manifest.managed_fields import Claim
from shared.operation.bounded import bounded
from shared.operation.mark import Marks
from shared.operation.writer import Writer
from shared.problem import Problem

Item = TypeVar("Item")


_TRIES = 5
"""How often an object that is patched may be changed by others meanwhile."""


@dataclass(slots=True)
class Applied:
    """What was written: objects as they are now, and those that were not there before."""

    answers: dict[Ref, Manifest] = field(default_factory=dict)
    created: list[Ref] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Change:
    """From one set of objects to another. `before`: as they were released last; `replaces`: whether
    an object is replaced as a whole where it is written client-side; `counts`: whether it matters
    what is new; `inherits`: whether it was written client-side before, and is not any more."""

    before: Sequence[Manifest]
    after: Sequence[Manifest]
    method: Method
    replaces: bool = False
    counts: bool = False
    inherits: bool = False


async def bring(work: Workplace, change: Change, applied: Applied) -> None:
    """Write all objects, then delete those that are not wanted any more. `applied` grows meanwhile.
    Raises HelmError with every object that was refused; nothing is deleted then."""
    before = {Ref.of(one): one for one in change.before}

    async def write(wanted: Manifest) -> None:
        ref = Ref.of(wanted)
        work.touch(ref)
        if change.counts and await _live(work, ref) is None:
            applied.created.append(ref)
        applied.answers[ref] = await _written(work, change, before.get(ref), wanted)

    for _, alike in groupby(change.after, key=kind_of):
        await _each(write, alike)
    wanted = {Ref.of(one) for one in change.after}
    await _each(lambda old: _removed(work, old), [ref for ref in before if ref not in wanted])


async def require_free(work: Workplace, objects: Sequence[Manifest]) -> None:
    """Raises HelmError where an object is there already and is not of this release."""

    async def check(manifest: Manifest) -> None:
        ref = Ref.of(manifest)
        live = await _live(work, ref)
        fault = owner_fault(live, work.target) if live else ""
        if fault:
            raise HelmError(
                "release",
                f'{ref.kind} "{ref.name}" in namespace "{ref.namespace}" exists and cannot be '
                f"imported into the current release: {fault}",
            )

    await _each(check, objects)


async def delete_all(work: Workplace, refs: Sequence[Ref]) -> list[Ref]:
    """Delete objects, whatever is said about keeping them; those that are not gone by now. Raises
    HelmError with those that could not be deleted."""
    left: list[Ref] = []

    async def delete(ref: Ref) -> None:
        work.touch(ref)
        try:
            if not await work.client.delete(ref):
                left.append(ref)
        except NotFound:
            return

    await _each(delete, refs)
    return left


async def _written(
    work: Workplace, change: Change, before: Manifest | None, wanted: Manifest
) -> Manifest:
    if change.method == "csa":
        return await _client_side(work, change, before, wanted)
    if change.inherits:
        await _take_over(work, Ref.of(wanted))
    answer = await work.client.apply(wanted, manager=work.manager)
    work.wrote(wanted, answer)
    return answer


async def _take_over(work: Workplace, ref: Ref) -> None:
    """Make fields that were written client-side in our name those of our server-side apply, so that
    it can take them off again. Raises ClusterError."""
    live = await _live(work, ref)
    claims: frozenset[Claim] = frozenset({(work.manager, "Update")})
    cleanup = Writer(Marks("HelmRelease", "", work.manager), claims).cleanup_of(live or {})
    if cleanup:
        await work.client.patch(ref, cleanup, kind="json", manager=work.manager)


async def _client_side(
    work: Workplace, change: Change, before: Manifest | None, wanted: Manifest
) -> Manifest:
    ref = Ref.of(wanted)
    live = await _live(work, ref)
    if live is None:
        return await work.client.create(wanted, manager=work.manager)
    if change.replaces:
        operations = replacement(wanted, live)
        return await work.client.patch(ref, operations, kind="json", manager=work.manager)
    return await _merged(work, before or {}, wanted, live)


async def _merged(work: Workplace, before: Manifest, wanted: Manifest, live: Manifest) -> Manifest:
    """Merge what is wanted into an object, anew where somebody else was faster."""
    ref = Ref.of(wanted)
    for _ in range(_TRIES):
        patch = three_way(before, wanted, live)
        if not patch:
            return live
        try:
            return await work.client.patch(ref, patch, manager=work.manager)
        except Conflict:
            live = await work.client.get(ref)
    raise HelmError("release", f"{ref} was changed by others {_TRIES} times while it was patched")


async def delete_own(
    work: Workplace,
    ref: Ref,
    propagation: Propagation = "Background",
    kept: Callable[[Manifest], bool] = lambda _: False,
) -> bool:
    """Delete an object, unless it is kept, or not of this release; whether there is nothing to wait
    for. It is read only where no watch has shown it. Raises ClusterError."""

    def goes(live: Manifest) -> bool:
        return not kept(live) and not owner_fault(live, work.target)

    work.touch(ref)
    return await remove(work.client, ref, goes, work.outline(ref), propagation) != "going"


async def _removed(work: Workplace, ref: Ref) -> None:
    """Delete what the chart does not have any more, unless it is kept, or not of this release."""
    await delete_own(work, ref, kept=lambda live: annotations_of(live).get(RESOURCE_POLICY) == KEEP)


async def _live(work: Workplace, ref: Ref) -> Manifest | None:
    try:
        return await work.client.get(ref)
    except NotFound:
        return None


async def _each(work: Callable[[Item], Awaitable[None]], items: Iterable[Item]) -> None:
    """Do a piece of work for each item. Raises HelmError with all that went wrong."""

    async def one(item: Item) -> str:
        try:
            await work(item)
        except Problem as problem:
            return str(problem)
        return ""

    faults = [fault for fault in await bounded(AT_ONCE, one, items) if fault]
    if faults:
        raise HelmError("release", " && ".join(faults))
