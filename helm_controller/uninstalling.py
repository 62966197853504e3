"""Uninstalling a release (Helm's pkg/action/uninstall.go)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from typing import Literal

from helm_controller.application import delete_own
from helm_controller.hook_run import HookRun, Underway
from helm_controller.manifest_order import UNINSTALL_ORDER
from helm_controller.objects import RESOURCE_POLICY
from helm_controller.problem import HelmError
from helm_controller.release_making import stamp
from helm_controller.release_record import Record
from helm_controller.terms import Terms
from helm_controller.upgrading import former_objects
from helm_controller.workplace import AT_ONCE, Workplace
from shared.cluster.client import Propagation
from shared.cluster.error import ClusterError
from shared.manifest.identity import Manifest, Ref, annotations_of, text
from shared.operation.bounded import bounded

_PROPAGATIONS: dict[str, Propagation] = {
    "background": "Background",
    "foreground": "Foreground",
    "orphan": "Orphan",
}
_RANK = {kind: rank for rank, kind in enumerate(UNINSTALL_ORDER)}


@dataclass(frozen=True, slots=True)
class Uninstallation:
    """How a release is uninstalled. `keeps`: whether its records stay; `propagation`: what becomes
    of what belongs to its objects."""

    work: Workplace
    terms: Terms
    keeps: bool = False
    propagation: Literal["background", "foreground", "orphan"] = "background"

    async def run(self, before: Sequence[Record]) -> Record:
        """Uninstall; the last record of the release. `before`: the records there are, the newest
        last. Raises a Problem where something is left."""
        last = before[-1]
        if last.status == "uninstalled":
            return await self._forgotten(before)
        underway = Underway(_leaving(last, stamp(self.work.clock.now())))
        # By server-side apply, whatever the objects of the release were written by.
        hooks = HookRun(self.work, self.terms, "ssa")
        if self.terms.hooks:
            await hooks.run(underway, "pre-delete")
        await self.work.ledger.update(underway.record)
        left = await self._delete(await former_objects(self.work, last))
        await self.work.waiter.until_gone(left, self.terms)
        if self.terms.hooks:
            await hooks.run(underway, "post-delete")
        record = underway.become("uninstalled", "Uninstallation complete")
        await self._recorded(record, before)
        return record

    async def _forgotten(self, before: Sequence[Record]) -> Record:
        """The release is uninstalled already: what is left are its records."""
        if self.keeps:
            name = before[-1].name
            raise HelmError("release", f'the release named "{name}" is already deleted')
        await self._purge(before)
        return before[-1]

    async def _recorded(self, record: Record, before: Sequence[Record]) -> None:
        if not self.keeps:
            self.work.ledger.written[record.revision] = record
            await self._purge(before)
            return
        await self.work.ledger.update(record)
        for old in before[:-1]:
            if old.status == "deployed":
                await self.work.ledger.update(old.with_status("superseded"))

    async def _purge(self, records: Sequence[Record]) -> None:
        for record in records:
            await self.work.ledger.store.delete(record.revision)

    async def _delete(self, objects: Sequence[Manifest]) -> list[Ref]:
        """Delete kind by kind, what needs others first; what is on its way, and not gone by now.
        Raises HelmError."""
        going = sorted((one for one in objects if _goes(one)), key=_rank)
        left: list[Ref] = []
        faults: list[str] = []

        async def delete(manifest: Manifest) -> None:
            ref = Ref.of(manifest)
            try:
                if not await delete_own(self.work, ref, _PROPAGATIONS[self.propagation]):
                    left.append(ref)
            except ClusterError as error:
                faults.append(str(error))

        for _, alike in groupby(going, key=lambda one: text(one, "kind")):
            await bounded(AT_ONCE, delete, alike)
        if faults:
            raise HelmError("release", f"failed to delete release: {'; '.join(faults)}")
        return left


def _leaving(record: Record, now: str) -> Record:
    """The record of a release that is being uninstalled."""
    leaving = record.with_status("uninstalling", "Deletion in progress (or silently failed)")
    info = {**leaving.info, "deleted": now}
    return replace(leaving, release={**leaving.release, "info": info})


def _goes(manifest: Manifest) -> bool:
    """Whether an object is deleted. As in Helm, one with any resource policy stays."""
    return RESOURCE_POLICY not in annotations_of(manifest)


def _rank(manifest: Manifest) -> tuple[int, str]:
    kind = text(manifest, "kind")
    return (_RANK.get(kind, len(_RANK)), "" if kind in _RANK else kind)
