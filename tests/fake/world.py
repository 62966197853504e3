"""A cluster and all that leads to it, in memory: every role of the Kustomization's story."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from kustomize_controller.built import Built
from kustomize_controller.kustomization import Mend, Pruned
from kustomize_controller.plan import Batch, refs_of
from shared.api.artifact import Artifact
from shared.api.inventory import Inventory
from shared.api.kustomization import Kustomization, KustomizationStatus
from shared.manifest.compact import compact, interned
from shared.manifest.identity import Manifest, Ref
from shared.manifest.tree import Tree
from shared.operation.change import ChangeLog
from shared.operation.health_report import HealthReport
from shared.problem import Problem
from shared.reconcile.attempt import Attempt
from tests.fake.clock import NOON

REVISION = "main@sha1:c0ffee"


class Killed(Exception):
    """The process is gone: nothing after this is done, and nothing is written down."""


def artifact(revision: str = REVISION, origin: str = "") -> Artifact:
    """What a source offers."""
    return Artifact(
        digest="sha256:0",
        last_update_time=NOON,
        path="a.tar.gz",
        revision=revision,
        url="http://source/a.tar.gz",
        metadata={"org.opencontainers.image.revision": origin} if origin else {},
    )


class FakeWorld:
    """Plays Sources, Dependencies, Artifacts, Builder, Cluster and Journal.

    `wanted`: what the source says; `live`: what is there and ours. `broken`: the verb that fails
    (`source dependencies tree build persist apply prune check account`); `stubborn`: objects that
    cannot be deleted; `sick`: what is not healthy; `drifted`: what has moved, where that is all
    there is to do; `dies_at`: the step at which the process is killed, as `persist`, `apply 1`
    (before the second object), `applied`, `prune 1`, `pruned`.
    """

    def __init__(
        self,
        wanted: Iterable[Manifest] = (),
        live: Iterable[Ref] = (),
        *,
        broken: str = "",
        dies_at: str = "",
    ) -> None:
        self.wanted = list(wanted)
        self.live = set(live)
        self.broken, self.dies_at = broken, dies_at
        self.offered = artifact()
        self.stubborn: set[Ref] = set()
        self.lingering: set[Ref] = set()
        self.sick: tuple[str, ...] = ()
        self.moving: tuple[Manifest, ...] = ()
        self.account = True
        self.persisted: list[KustomizationStatus] = []
        self.did: list[str] = []
        self.checked: tuple[Ref, ...] = ()
        self.drifted: list[Manifest] | None = None
        self.resting = False
        self.rested: list[tuple[str, tuple[Ref, ...]]] = []

    def moved(self, ks: Kustomization) -> list[Manifest] | None:
        return self.drifted

    async def artifact_of(self, ks: Kustomization) -> Artifact:
        self._do("source")
        return self.offered

    async def require_ready(self, ks: Kustomization, artifact: Artifact) -> None:
        self._do("dependencies")

    async def tree(self, ks: Kustomization, artifact: Artifact) -> Tree:
        self._do("tree")
        return Tree({})

    async def build(self, ks: Kustomization, tree: Tree) -> Built:
        self._do("build")
        return Built(
            tuple(interned(compact(one)) for one in self.wanted), f"sha256:{len(self.wanted)}"
        )

    async def rests(self, ks: Kustomization, built: Built) -> bool:
        return self.resting

    def rest(self, ks: Kustomization, built: Built, inventory: Inventory | None) -> None:
        self.rested.append((built.digest, refs_of(inventory)))

    async def apply(
        self,
        ks: Kustomization,
        batches: Sequence[Batch],
        changes: ChangeLog,
        mend: Mend | None = None,
    ) -> None:
        self._do("apply")
        manifests = [manifest for batch in batches for manifest in batch.manifests]
        for number, manifest in enumerate(manifests):
            self._step(f"apply {number}")
            ref = Ref.of(manifest)
            changes.add(ref, "unchanged" if ref in self.live else "created")
            self.live.add(ref)
        self._step("applied")

    async def prune(self, ks: Kustomization, stale: Sequence[Ref], changes: ChangeLog) -> Pruned:
        self._do("prune")
        for number, ref in enumerate(stale):
            self._step(f"prune {number}")
            if ref not in self.stubborn:
                self.live.discard(ref)
                changes.add(ref, "deleted")
        self._step("pruned")
        left = tuple(ref for ref in stale if ref in self.stubborn)
        return Pruned(left, tuple(f"{ref}: denied" for ref in left))

    async def check(
        self, ks: Kustomization, targets: Sequence[Ref], changes: ChangeLog, mend: Mend
    ) -> HealthReport:
        self._do("check")
        self.checked = tuple(targets)
        if self.moving:
            await mend(self.moving)
        return HealthReport(self.sick, NOON - NOON)

    async def wait_gone(self, ks: Kustomization, refs: Sequence[Ref]) -> tuple[Ref, ...]:
        self._do("wait_gone")
        return tuple(ref for ref in refs if ref in self.lingering)

    async def has_account(self, ks: Kustomization) -> bool:
        self._do("account")
        return self.account

    def announce(self, doing: str) -> None:
        self.did.append(doing)

    async def persist(self, attempt: Attempt[KustomizationStatus]) -> None:
        self._do("persist")
        self.persisted.append(attempt.status)
        self._step("persist")

    def remembered(self, ks: Kustomization) -> KustomizationStatus:
        """The status that the next process finds if this one is killed now."""
        return self.persisted[-1] if self.persisted else ks.status

    def orphans(self, status: KustomizationStatus) -> set[Ref]:
        """What is there, is ours, and is not in the inventory."""
        return self.live - set(refs_of(status.inventory))

    def _do(self, verb: str) -> None:
        self.did.append(verb)
        if verb == self.broken:
            raise Problem(f"{verb} refused")

    def _step(self, step: str) -> None:
        if step == self.dies_at:
            raise Killed(step)
