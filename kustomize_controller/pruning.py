"""Deleting what is no longer wanted: only what is ours, one kind after the other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from kustomize_controller.bounded import bounded
from kustomize_controller.change import ChangeLog
from kustomize_controller.kustomization import Pruned
from kustomize_controller.mark import is_kept, owner_of
from kustomize_controller.ordering import is_enabled, is_spared
from kustomize_controller.problem import KustomizationProblem
from shared.api.kustomization import Kustomization
from shared.cluster.client import Client
from shared.cluster.error import NoSuchKind, NotFound
from shared.manifest.identity import Manifest, Ref, metadata, text
from shared.problem import Problem


@dataclass(frozen=True, slots=True)
class Pruning:
    """Deletes objects. `most`: requests at once; `argo`: whether the annotations of Argo CD count,
    unless a Kustomization says otherwise."""

    most: int
    argo: bool = False

    async def prune(
        self, client: Client, ks: Kustomization, stale: Sequence[Ref], changes: ChangeLog
    ) -> Pruned:
        """Delete in the order given. What cannot be deleted is told, and keeps nothing else from
        being deleted. What is not ours any more, or marked to be kept, is let go of."""
        faults: dict[Ref, str] = {}

        async def delete(ref: Ref) -> None:
            try:
                await self._delete(client, ks, ref, changes)
            except Problem as problem:
                faults[ref] = f"{ref} delete failed: {problem}"

        for _, alike in groupby(stale, key=lambda ref: ref.gvk):
            await bounded(self.most, delete, alike)
        return Pruned(tuple(faults), tuple(faults.values()))

    async def _delete(
        self, client: Client, ks: Kustomization, ref: Ref, changes: ChangeLog
    ) -> None:
        try:
            live = await client.get(ref)
            owner = ks.metadata.namespace, ks.metadata.name
            if is_kept(live) or self._is_spared(live, ks) or owner_of(live) != owner:
                changes.add(ref, "skipped")
                return
            _require_not_its_own_home(ks, ref)
            await client.delete(ref, uid=text(metadata(live), "uid"))
        except (NotFound, NoSuchKind):
            # Gone, with or without its kind: that is all that was wanted.
            pass
        changes.add(ref, "deleted")

    def _is_spared(self, live: Manifest, ks: Kustomization) -> bool:
        heeded = is_enabled(ks.metadata.annotations, self.argo)
        return heeded and is_spared(live, ending=ks.metadata.deletion_timestamp is not None)


def _require_not_its_own_home(ks: Kustomization, ref: Ref) -> None:
    """While a Kustomization lives, the namespace that it lives in stays."""
    home = Ref("", "Namespace", "", ks.metadata.namespace)
    if ref == home and ks.metadata.deletion_timestamp is None:
        raise KustomizationProblem(
            "it holds this Kustomization itself; delete it by hand if that is what you want"
        )
