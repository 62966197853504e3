"""Deleting what is no longer wanted: only what is ours, one kind after the other."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import groupby

from shared.cluster.client import Client
from shared.cluster.error import NoSuchKind, NotFound
from shared.manifest.identity import Manifest, Ref, metadata, text
from shared.operation.bounded import bounded
from shared.operation.change import ChangeLog, Pruned
from shared.operation.mark import Marks
from shared.operation.problem import OperationProblem
from shared.problem import Problem
from shared.reconcile.key import Key


@dataclass(frozen=True, slots=True)
class Farewell:
    """Whose objects go. `ending`: whether the owner itself goes; `spared`: whether an object stays
    though nobody wants it any more."""

    owner: Key
    ending: bool = False
    spared: Callable[[Manifest], bool] = lambda _: False

    @property
    def home(self) -> Ref | None:
        """The namespace that the owner lives in, which stays for as long as the owner does."""
        return None if self.ending else Ref("", "Namespace", "", self.owner.namespace)


@dataclass(frozen=True, slots=True)
class Pruning:
    """Deletes objects. `marks`: by which ours are known; `most`: requests at once."""

    marks: Marks
    most: int

    async def prune(
        self, client: Client, farewell: Farewell, stale: Sequence[Ref], changes: ChangeLog
    ) -> Pruned:
        """Delete in the order given. What cannot be deleted is told, and keeps nothing else from
        being deleted. What is not ours any more, or marked to be kept, is let go of."""
        faults: dict[Ref, str] = {}

        async def delete(ref: Ref) -> None:
            try:
                await self._delete(client, farewell, ref, changes)
            except Problem as problem:
                faults[ref] = f"{ref} delete failed: {problem}"

        for _, alike in groupby(stale, key=lambda ref: ref.gvk):
            await bounded(self.most, delete, alike)
        return Pruned(tuple(faults), tuple(faults.values()))

    async def _delete(
        self, client: Client, farewell: Farewell, ref: Ref, changes: ChangeLog
    ) -> None:
        try:
            live = await client.get(ref)
            if self._stays(farewell, live):
                changes.add(ref, "skipped")
                return
            self._require_not_its_own_home(farewell, ref)
            await client.delete(ref, uid=text(metadata(live), "uid"))
        except (NotFound, NoSuchKind):
            # Gone, with or without its kind: that is all that was wanted.
            pass
        changes.add(ref, "deleted")

    def _stays(self, farewell: Farewell, live: Manifest) -> bool:
        not_ours = self.marks.owner_of(live) != farewell.owner
        return not_ours or self.marks.is_kept(live) or farewell.spared(live)

    def _require_not_its_own_home(self, farewell: Farewell, ref: Ref) -> None:
        if ref == farewell.home:
            raise OperationProblem(
                f"it holds this {self.marks.owner} itself; delete it by hand if that is what you "
                "want"
            )
