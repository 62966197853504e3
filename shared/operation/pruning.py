"""Deleting what is no longer wanted: only what is ours, one kind after the other.

Whether an object is ours is read from the live object. Where a watch has shown that, it is not read
again: the deletion then says which state of the object it is about, and the API server refuses it
where the object has changed since.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import Protocol

from shared.cluster.client import Client
from shared.cluster.error import Conflict, NoSuchKind, NotFound
from shared.manifest.identity import Manifest, Ref, metadata, text
from shared.operation.bounded import bounded
from shared.operation.change import Action, ChangeLog, Pruned
from shared.operation.mark import Marks
from shared.operation.problem import OperationProblem
from shared.problem import Problem
from shared.reconcile.key import Key


@dataclass(frozen=True, slots=True)
class Farewell:
    """Whose objects go. `ending`: whether the owner itself goes; `spared`: whether an object stays
    though nobody wants it any more; `definition`: of the owner's kind."""

    owner: Key
    ending: bool = False
    spared: Callable[[Manifest], bool] = lambda _: False
    definition: Ref | None = None

    def is_home(self, ref: Ref) -> bool:
        """Whether the owner lives in an object, which stays for as long as the owner does: its
        namespace, and the definition of its kind, with which all of its kind would go."""
        namespace = Ref("", "Namespace", "", self.owner.namespace)
        return not self.ending and ref in {namespace, self.definition}


class Seen(Protocol):
    """What is known of live objects without asking (ApplyMemory)."""

    def outline(self, ref: Ref) -> Manifest | None:
        """The metadata of an object as a watch has shown it last; None where none has."""


@dataclass(frozen=True, slots=True)
class Site:
    """Where objects go. `client`: in whose name; `seen`: what is known of them."""

    client: Client
    seen: Seen


@dataclass(frozen=True, slots=True)
class Pruning:
    """Deletes objects. `marks`: by which ours are known; `most`: requests at once; `done`: counts
    objects by what was done."""

    marks: Marks
    most: int
    done: Counter[str] = field(default_factory=Counter)

    async def prune(
        self, where: Site, farewell: Farewell, stale: Sequence[Ref], changes: ChangeLog
    ) -> Pruned:
        """Delete in the order given. What cannot be deleted is told, and keeps nothing else from
        being deleted. What is not ours any more, or marked to be kept, is let go of."""
        faults: dict[Ref, str] = {}

        async def delete(ref: Ref) -> None:
            try:
                gone = await self._deleted(where, farewell, ref)
                action: Action = "deleted" if gone else "skipped"
                changes.add(ref, action)
                self.done[action] += 1
            except Problem as problem:
                faults[ref] = f"{ref} delete failed: {problem}"

        for _, alike in groupby(stale, key=lambda ref: ref.gvk):
            await bounded(self.most, delete, alike)
        return Pruned(tuple(faults), tuple(faults.values()))

    async def _deleted(self, where: Site, farewell: Farewell, ref: Ref) -> bool:
        """Whether the object is gone, or on its way: not where it is not ours to delete."""
        try:
            if await self._as_shown(where, farewell, ref):
                return True
            live = await where.client.get(ref)
            if self._stays(farewell, live):
                return False
            self._require_not_its_own_home(farewell, ref)
            await where.client.delete(ref, uid=text(metadata(live), "uid"))
        except (NotFound, NoSuchKind):
            # Gone, with or without its kind: that is all that was wanted.
            pass
        return True

    async def _as_shown(self, where: Site, farewell: Farewell, ref: Ref) -> bool:
        """Delete the object, if a watch has shown that it is ours and it is still as it was then;
        whether it was."""
        shown = where.seen.outline(ref)
        if shown is None or self._stays(farewell, shown):
            return False
        self._require_not_its_own_home(farewell, ref)
        uid, version = (text(metadata(shown), key) for key in ("uid", "resourceVersion"))
        try:
            await where.client.delete(ref, uid=uid, version=version)
        except Conflict:
            return False
        return True

    def _stays(self, farewell: Farewell, live: Manifest) -> bool:
        not_ours = self.marks.owner_of(live) != farewell.owner
        return not_ours or self.marks.is_kept(live) or farewell.spared(live)

    def _require_not_its_own_home(self, farewell: Farewell, ref: Ref) -> None:
        if farewell.is_home(ref):
            raise OperationProblem(
                f"it holds this {self.marks.owner} itself; delete it by hand if that is what you "
                "want"
            )
