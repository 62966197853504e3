"""The ExternalArtifacts of generators in the cluster: made, changed, removed; never another's."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

from shared.api.artifact_generator import ArtifactGenerator, GeneratedArtifact
from shared.cluster.error import NotFound
from shared.manifest.identity import Manifest, Ref, labels_of, metadata, section, text
from shared.problem import Problem
from shared.reconcile.clock import Clock
from source_controller.generator.product import (
    EXTERNAL_ARTIFACT,
    GENERATOR_LABEL,
    MANAGER,
    Product,
    desired,
    is_level,
    is_ours,
    offering,
)

AT_ONCE = 8
"""ExternalArtifacts of one generator that are written at once."""


class ForeignArtifact(Problem):
    """An ExternalArtifact of the wanted name belongs to somebody else."""


class Client(Protocol):
    """The API server (shared.cluster.client.Client)."""

    async def get(self, ref: Ref) -> Manifest:
        """An object. Raises ClusterError."""

    async def apply(
        self, manifest: Manifest, *, manager: str, force: bool = True, subresource: str = ""
    ) -> Manifest:
        """Server-side apply; the object as it is then. Raises ClusterError."""

    async def delete(self, ref: Ref, *, uid: str = "") -> object:
        """Ask for an object to go, if it is the one of this uid. Raises ClusterError."""


class Watched(Protocol):
    """The ExternalArtifacts of the cluster (shared.cluster.cache.Cache)."""

    def all(self) -> list[Manifest]:
        """All of them."""

    def find(self, namespace: str, name: str) -> Manifest | None:
        """One of them, as it was last seen."""


@dataclass(frozen=True, slots=True)
class Showroom:
    """Where others find what generators offer."""

    client: Client
    watched: Watched
    clock: Clock

    def shows(self, generator: ArtifactGenerator, inventory: Iterable[GeneratedArtifact]) -> bool:
        """Whether the objects of a generator are those of an inventory, with the same digests, as
        far as the watch has seen."""
        meta = generator.metadata
        shown = {
            (text(metadata(one), "name"), _digest(one))
            for one in self.watched.all()
            if text(metadata(one), "namespace") == meta.namespace
            and labels_of(one).get(GENERATOR_LABEL) == meta.uid
        }
        return shown == {(one.name, one.digest) for one in inventory}

    async def show(
        self, generator: ArtifactGenerator, products: Sequence[Product], *, anew: bool
    ) -> list[Product]:
        """Offer products, some at once; those for which there was anything to write. `anew`: write
        in any case, as what is asked for has changed. Raises ForeignArtifact, ClusterError."""
        ahead, written = iter(products), list[Product]()

        async def work() -> None:
            for product in ahead:
                if await self._show(generator, product, anew=anew):
                    written.append(product)

        try:
            async with asyncio.TaskGroup() as tasks:
                for _ in range(min(AT_ONCE, len(products))):
                    tasks.create_task(work())
        except ExceptionGroup as group:
            # What went wrong first: the others were told to stop.
            raise group.exceptions[0] from None
        return written

    async def _show(self, generator: ArtifactGenerator, product: Product, *, anew: bool) -> bool:
        wanted = desired(generator, product)
        namespace = generator.metadata.namespace
        live = self.watched.find(namespace, product.name) or await self._found(wanted)
        if live is not None and not is_ours(live, generator):
            raise ForeignArtifact(
                f"ExternalArtifact/{namespace}/{product.name} belongs to {_owner(live)}: one of "
                "the two needs another name"
            )
        if live is not None and not anew and is_level(live, wanted, product):
            return False
        made = await self.client.apply(wanted, manager=MANAGER)
        status = offering(made, product, self.clock.now())
        await self.client.apply(status, manager=MANAGER, subresource="status")
        return True

    async def hide(self, generator: ArtifactGenerator, name: str) -> bool:
        """Remove an ExternalArtifact, if it is the generator's; whether it was, or was not there.
        Raises ClusterError."""
        ref = _ref(generator.metadata.namespace, name)
        try:
            live = await self.client.get(ref)
            if not is_ours(live, generator):
                return False
            await self.client.delete(ref, uid=text(metadata(live), "uid"))
        except NotFound:
            return True
        return True

    async def _found(self, wanted: Manifest) -> Manifest | None:
        """An object that the watch has not seen yet, or that there is not."""
        try:
            return await self.client.get(Ref.of(wanted))
        except NotFound:
            return None


def _ref(namespace: str, name: str) -> Ref:
    kind = EXTERNAL_ARTIFACT
    return Ref(kind.group, kind.kind, namespace, name, kind.version)


def _owner(live: Manifest) -> str:
    producer = section(section(live, "spec"), "sourceRef")
    names = [text(producer, key) for key in ("kind", "namespace", "name")]
    return "/".join(name for name in names if name) or "somebody who is not named in it"


def _digest(manifest: Manifest) -> str:
    return text(section(section(manifest, "status"), "artifact"), "digest")
