"""A registry, as a place that charts come from."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Protocol

from shared.oci.error import NotFound, OciError, Unauthorized
from shared.oci.location import parse
from shared.oci.manifest import Descriptor
from shared.oci.repository import Repository, opened
from shared.reconcile.clock import Clock
from source_controller.helm.access import Access
from source_controller.helm.archive import MIB
from source_controller.helm.choice import chosen_tag, is_exact
from source_controller.helm.index import ChartVersion
from source_controller.helm.problem import FetchProblem, HelmProblem, NoSuchChart, Unauthorised

CONTENT = (
    "application/vnd.cncf.helm.chart.content.v1.tar+gzip",
    "application/tar+gzip",
)
"""What the layer is that a chart is in: now, and with Helm before 3.7."""


class Signatures(Protocol):
    """Those who are trusted to sign a chart."""

    async def check(self, repository: Repository, digest: str) -> bool:
        """Whether what has this digest was verified; False where it need not be. Raises a Problem
        where nobody who is trusted signed it."""


@dataclass(frozen=True, slots=True)
class RegistryRepository:
    """Charts below a path of a registry. A tag is believed once: what it led to is what is verified
    and what is fetched. `signatures`: none where the spec asks for none."""

    access: Access
    clock: Clock
    signatures: Signatures | None = None
    most: int = 10 * MIB
    _known: dict[str, Descriptor] = field(default_factory=dict)

    async def find(self, name: str, wanted: str) -> ChartVersion:
        """The version that is meant; nobody is asked where it is one. Raises FetchProblem."""
        if is_exact(wanted):
            return ChartVersion(name, wanted)
        async with self._opened(name) as repository:
            tags = await repository.tags()
        if not tags:
            raise FetchProblem(f"unable to locate any tags in provided repository: {name}")
        try:
            return ChartVersion(name, chosen_tag(tags, wanted))
        except NoSuchChart as problem:
            raise FetchProblem(str(problem)) from None

    async def verify(self, version: ChartVersion) -> bool:
        """Whether somebody who is trusted signed the chart. Raises HelmProblem where nobody did."""
        if self.signatures is None:
            raise HelmProblem("no verifiers available")
        async with self._opened(version.name) as repository:
            found = await self._resolved(repository, version)
            return await self.signatures.check(repository, found.digest)

    async def download(self, version: ChartVersion) -> bytes:
        """The packed chart. Raises HelmProblem."""
        async with self._opened(version.name) as repository:
            found = await self._resolved(repository, version)
            manifest = await repository.image(found.digest)
            layers = [one for one in manifest.layers if one.media_type in CONTENT]
            if not layers:
                raise FetchProblem(f"{repository.location} holds no chart at {found.digest}")
            return await repository.blob(layers[0], self.most)

    async def _resolved(self, repository: Repository, version: ChartVersion) -> Descriptor:
        tag = version.version.replace("+", "_")
        key = f"{version.name}:{tag}"
        if key not in self._known:
            self._known[key] = await repository.resolve(tag)
        return self._known[key]

    @asynccontextmanager
    async def _opened(self, name: str) -> AsyncIterator[Repository]:
        """The repository of a chart, for as long as one errand may take."""
        try:
            async with asyncio.timeout(self.access.limit.total_seconds()):
                location = parse(f"{self.access.url}/{name}")
                async with opened(location, self.access.way, self.clock) as repository:
                    yield repository
        except TimeoutError:
            raise FetchProblem(
                f"{self.access.url}/{name}: no end after {self.access.limit.total_seconds():g}s"
            ) from None
        except Unauthorized as problem:
            raise Unauthorised(str(problem)) from None
        except (NotFound, OciError) as problem:
            raise FetchProblem(str(problem)) from None
