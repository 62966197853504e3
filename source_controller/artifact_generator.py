"""The story of an ArtifactGenerator: from what sources offer, artifacts of one's own cut.

An artifact is changed only where its own files changed: whoever builds from it has nothing to do
with the rest of a repository.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol

from shared.api.artifact import Artifact
from shared.api.artifact_generator import (
    GROUP,
    ArtifactGenerator,
    ArtifactGeneratorStatus,
    GeneratedArtifact,
)
from shared.api.meta import ObjectMeta
from shared.api.parsing import parse
from shared.manifest.identity import Manifest
from shared.reconcile.attempt import Attempt
from shared.reconcile.condition import find
from shared.reconcile.failure import Stalled
from shared.reconcile.settlement import Ready
from source_controller.generator.material import Material
from source_controller.generator.path_pattern import Demand, demanded
from source_controller.generator.problem import PatternError
from source_controller.generator.product import Product
from source_controller.generator.rule import check
from source_controller.generator.supply import Observed, digest_of

FINALIZER = f"{GROUP}/finalizer"
SWITCH = f"{GROUP}/reconcile"
"""The annotation that switches a generator off where it says `disabled`."""

MOST_TOLD = 10
"""Artifacts that are told one by one, beside the event that names all."""


class Supply(Protocol):
    """The sources that generators name."""

    async def observe(self, generator: ArtifactGenerator) -> Observed:
        """What they offer, by alias. Raises Waiting where one has nothing yet."""

    async def fetch(self, observed: Observed) -> dict[str, Material]:
        """Their files, by alias. Raises Waiting, or a Problem."""


class Makers(Protocol):
    """Who puts artifacts together and stores them."""

    async def make(
        self,
        generator: ArtifactGenerator,
        demand: Demand,
        sources: Mapping[str, Material],
        observed: Observed,
    ) -> Product:
        """A product, stored. Raises a Problem."""

    async def is_whole(self, entry: GeneratedArtifact) -> bool:
        """Whether a product is stored as it was made. Raises Failure."""

    async def discard(self, entry: GeneratedArtifact) -> None:
        """Remove what was stored. Raises a Problem."""


class Display(Protocol):
    """Where products are offered."""

    def shows(self, generator: ArtifactGenerator, inventory: Sequence[GeneratedArtifact]) -> bool:
        """Whether just these are offered."""

    async def show(
        self, generator: ArtifactGenerator, products: Sequence[Product], *, anew: bool
    ) -> list[Product]:
        """Offer products; those that took a write. Raises a Problem."""

    async def hide(self, generator: ArtifactGenerator, name: str) -> bool:
        """Offer it no more; whether it was ours to hide. Raises a Problem."""


@dataclass(frozen=True, slots=True)
class Cadence:
    """How the worker is to treat a generator. It looks at sources again every hour, however quiet
    they are."""

    suspend: bool
    interval: timedelta = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Generator:
    """An ArtifactGenerator, as the worker sees it."""

    wanted: ArtifactGenerator

    @property
    def metadata(self) -> ObjectMeta:
        """Name, generation, annotations."""
        return self.wanted.metadata

    @property
    def spec(self) -> Cadence:
        """The pace: the annotation of the object switches it off."""
        return Cadence(self.metadata.annotations.get(SWITCH, "").lower() == "disabled")

    @property
    def status(self) -> ArtifactGeneratorStatus:
        """What was generated."""
        return self.wanted.status


def read(manifest: Manifest) -> Generator:
    """A generator from its manifest. Raises MalformedObject."""
    return Generator(parse(ArtifactGenerator, manifest))


@dataclass(frozen=True, slots=True)
class ArtifactGeneratorReconciler:
    """Brings the artifacts of a generator to what its sources offer. `across_namespaces`: whether
    sources may be in other namespaces."""

    supply: Supply
    makers: Makers
    display: Display
    across_namespaces: bool = True

    async def reconcile(self, given: Generator, attempt: Attempt[ArtifactGeneratorStatus]) -> Ready:
        """Compose what has to be composed anew, and offer it."""
        generator = given.wanted
        check(generator, across_namespaces=self.across_namespaces)
        observed = await self.supply.observe(generator)
        if await self._is_level(generator, digest_of(observed)):
            return self._nothing_new(generator, attempt)
        async with attempt.stage("fetching sources", "SourceFetchFailed"):
            sources = await self.supply.fetch(observed)
        async with attempt.stage("building artifacts", "BuildFailed"):
            products = [
                await self.makers.make(generator, demand, sources, observed)
                for demand in _demanded(generator, sources)
            ]
        async with attempt.stage("offering artifacts", "ReconciliationFailed"):
            await self._offer(generator, attempt, products)
        attempt.record(ArtifactGeneratorStatus(observed_sources_digest=digest_of(observed)))
        ready = _succeeded(len(products))
        attempt.tell("Ready", ready.message, severity="trace")
        return ready

    async def finalize(self, given: Generator, attempt: Attempt[ArtifactGeneratorStatus]) -> None:
        """Take back what was offered, then remove what was stored."""
        async with attempt.stage("removing artifacts", "GarbageCollectionFailed"):
            for entry in given.status.inventory:
                await self._withdraw(given.wanted, entry)

    async def _is_level(self, generator: ArtifactGenerator, sources: str) -> bool:
        """Whether nothing has moved since the last time: the spec, the sources, what is stored, or
        what is offered."""
        status, ready = generator.status, find(generator.status.conditions, "Ready")
        return (
            ready is not None
            and ready.status == "True"
            and ready.observed_generation == generator.metadata.generation
            and status.observed_sources_digest == sources
            and self.display.shows(generator, status.inventory)
            and all([await self.makers.is_whole(entry) for entry in status.inventory])
        )

    async def _offer(
        self,
        generator: ArtifactGenerator,
        attempt: Attempt[ArtifactGeneratorStatus],
        products: list[Product],
    ) -> None:
        """Offer the products, and take back what is not among them. What is about to be offered is
        in the inventory before it is: nothing is lost, whenever the process ends."""
        namespace = generator.metadata.namespace
        wanted = tuple(product.entry(namespace) for product in products)
        names = {entry.name for entry in wanted}
        stale = tuple(one for one in generator.status.inventory if one.name not in names)
        if names != {one.name for one in generator.status.inventory}:
            await attempt.persist(ArtifactGeneratorStatus(inventory=(*wanted, *stale)))
        ready = find(generator.status.conditions, "Ready")
        anew = ready is None or ready.observed_generation != generator.metadata.generation
        shown = await self.display.show(generator, products, anew=anew)
        for entry in stale:
            await self._withdraw(generator, entry)
        attempt.record(ArtifactGeneratorStatus(inventory=wanted))
        _tell_changes(generator, attempt, wanted)
        # Who tells too much is not listened to: what matters has been told already.
        for product in shown[:MOST_TOLD]:
            _tell_offered(generator, attempt, product.name, product.artifact)

    async def _withdraw(self, generator: ArtifactGenerator, entry: GeneratedArtifact) -> None:
        if await self.display.hide(generator, entry.name):
            await self.makers.discard(entry)

    def _nothing_new(
        self, generator: ArtifactGenerator, attempt: Attempt[ArtifactGeneratorStatus]
    ) -> Ready:
        count = len(generator.status.inventory)
        message = f"No drift detected, {count} artifact(s) up to date"
        attempt.tell("Ready", message, severity="trace")
        return _succeeded(count)


def _demanded(generator: ArtifactGenerator, sources: Mapping[str, Material]) -> list[Demand]:
    try:
        return demanded(generator.spec, sources)
    except PatternError as problem:
        raise Stalled("BuildFailed", f"failed to expand path pattern: {problem}") from None


def _succeeded(count: int) -> Ready:
    return Ready("Succeeded", f"reconciliation succeeded, generated {count} artifact(s)")


def _tell_offered(
    generator: ArtifactGenerator,
    attempt: Attempt[ArtifactGeneratorStatus],
    name: str,
    artifact: Artifact,
) -> None:
    place = f"ExternalArtifact/{generator.metadata.namespace}/{name}"
    message = f"{place} reconciled with revision {artifact.revision}"
    attempt.tell("Ready", message, severity="trace")


def _tell_changes(
    generator: ArtifactGenerator,
    attempt: Attempt[ArtifactGeneratorStatus],
    wanted: Sequence[GeneratedArtifact],
) -> None:
    """One event for people, where anything has another content than before."""
    before = {(one.name, one.digest) for one in generator.status.inventory}
    changed = [
        f"{one.namespace}/{one.name} ({one.digest})"
        for one in wanted
        if (one.name, one.digest) not in before
    ]
    if changed:
        attempt.tell("Ready", "external artifacts reconciled: " + "\n".join(changed))
