"""OCIRepositories of one artifact: it is pulled and packed once for all who want the same of it.

What is the same was asked of the same registry by the same access, and is taken from it in the same
way. Whoever gets what was made for another one was told by the registry itself that it may have
that digest.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol

from shared.api.artifact import Artifact
from shared.api.oci_repository import LayerSelector, OciRepository
from shared.artifact.error import ArtifactError
from shared.artifact.tarball import Sink
from shared.oci.credential import Access
from shared.oci.location import Location
from shared.reconcile.clock import Clock
from source_controller.oci.upstream import Found
from source_controller.shelf import Content

LARGEST = 4 * 1024 * 1024
"""Bytes of an artifact that is copied: larger ones are pulled by each, without holding them."""

LONGEST = timedelta(minutes=10)
"""How long it is known what was made of something."""

MOST = 1_000


class Storage(Protocol):
    """Where artifacts are kept (shared.artifact.storage.Storage)."""

    async def read(self, path: str, digest: str) -> bytes:
        """What is stored, if it is what the digest was made of. Raises ArtifactError."""


@dataclass(frozen=True, slots=True)
class Recipe:
    """All that the content of an artifact depends on, and who asked for it where."""

    location: Location
    access: Access
    digest: str
    layer: tuple[str, str]
    ignore: str | None

    @classmethod
    def of(cls, repo: OciRepository, found: Found) -> Recipe:
        """What the spec wants of what was found."""
        layer = repo.spec.layer_selector or LayerSelector()
        taken = (layer.media_type, layer.operation or "extract")
        return cls(found.location, found.access, found.digest, taken, repo.spec.ignore)


@dataclass(slots=True)
class Twin:
    """What was made for another one; None where there is nothing. `made`: to be told what was made,
    for those who come later."""

    content: Content | None = None
    made: Artifact | None = None


@dataclass(frozen=True, slots=True)
class _Made:
    artifact: Artifact
    at: float


class Twins:
    """What was made in the last minutes, of what."""

    def __init__(self, storage: Storage, clock: Clock) -> None:
        self._storage = storage
        self._clock = clock
        self._made: dict[Recipe, _Made] = {}
        self._making: dict[Recipe, asyncio.Event] = {}

    @asynccontextmanager
    async def of(self, repo: OciRepository, found: Found) -> AsyncIterator[Twin]:
        """The twin of what was found. While somebody else makes one it is waited for, once, and not
        for longer than spec.timeout."""
        recipe = Recipe.of(repo, found)
        await self._wait(recipe, repo.spec.timeout)
        content = await self._content(recipe, found)
        twin, over = Twin(content), asyncio.Event()
        if content is None:
            self._making.setdefault(recipe, over)
        try:
            yield twin
            if twin.made is not None and (twin.made.size or 0) <= LARGEST:
                self._note(recipe, twin.made)
        finally:
            over.set()
            if self._making.get(recipe) is over:
                del self._making[recipe]

    async def _wait(self, recipe: Recipe, limit: timedelta) -> None:
        if recipe in self._making:
            with suppress(TimeoutError):
                async with asyncio.timeout(limit.total_seconds()):
                    await self._making[recipe].wait()

    async def _content(self, recipe: Recipe, found: Found) -> Content | None:
        """What was made of the same; None where that is gone, or is not what it was."""
        made = self._made.get(recipe)
        if made is None or made.at <= self._oldest():
            return None
        artifact = made.artifact
        try:
            data = await self._storage.read(artifact.path, artifact.digest)
        except ArtifactError:
            return None

        def write(sink: Sink) -> None:
            sink.write(data)

        return Content(found.revision, f"{found.digest}.tar.gz", write, artifact.metadata)

    def _note(self, recipe: Recipe, artifact: Artifact) -> None:
        """Remember what was made, and no credential for longer than that is of use."""
        self._made.pop(recipe, None)
        self._made[recipe] = _Made(artifact, self._clock.monotonic())
        for other, made in list(self._made.items()):
            if len(self._made) <= MOST and made.at > self._oldest():
                return
            del self._made[other]

    def _oldest(self) -> float:
        return self._clock.monotonic() - LONGEST.total_seconds()
