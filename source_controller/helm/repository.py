"""A Helm repository over HTTP, as a place that charts come from."""

from __future__ import annotations

import asyncio
import hashlib
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from source_controller.helm.access import Access
from source_controller.helm.archive import MIB
from source_controller.helm.choice import chosen
from source_controller.helm.index import ChartVersion, Index, index_of, versions_in
from source_controller.helm.index_cache import Versions
from source_controller.helm.location import index_of as index_url
from source_controller.helm.location import resolved
from source_controller.helm.problem import FetchProblem, HelmProblem, IndexProblem, InvalidUrl
from source_controller.helm.web import Web

_SHA256 = re.compile(r"(?:sha256:)?([0-9a-fA-F]{64})")


@dataclass(frozen=True, slots=True)
class IndexedRepository:
    """`look_up`: the versions of a chart in the index; `most`: bytes of a packed chart."""

    access: Access
    web: Web
    look_up: Callable[[str], Awaitable[Versions]]
    most: int = 10 * MIB

    async def find(self, name: str, wanted: str) -> ChartVersion:
        """The version that is meant. Raises HelmProblem."""
        try:
            versions = await self.look_up(name)
        except IndexProblem as problem:
            raise IndexProblem(f"failed to load index: {problem}") from None
        return chosen(versions, name, wanted)

    async def verify(self, version: ChartVersion) -> bool:
        """Raises HelmProblem: only charts in a registry have signatures that are looked at."""
        raise HelmProblem(
            "not implemented: spec.verify is for charts of a HelmRepository of the type oci"
        )

    async def download(self, version: ChartVersion) -> bytes:
        """The packed chart, which has to have the digest that the index names, if it names one.
        Raises HelmProblem."""
        if not version.urls:
            raise FetchProblem(f"chart '{version.name}' has no downloadable URLs")
        try:
            url = resolved(self.access.url, version.urls[0])
        except InvalidUrl as problem:
            raise FetchProblem(f"chart '{version.name}': {problem}") from None
        data = await self.web.get(url, self.access, self.most)
        stated = _SHA256.fullmatch(version.digest)
        if stated and hashlib.sha256(data).hexdigest() != stated[1].lower():
            raise FetchProblem(
                f"chart '{version.name}' of version '{version.version}' does not have the digest "
                "that the index states"
            )
        return data


@dataclass(frozen=True, slots=True)
class Indexes:
    """Indexes as they are on the other side. `most`: bytes of one."""

    web: Web
    most: int = 50 * MIB

    async def raw(self, access: Access) -> bytes:
        """The text of an index. Raises HelmProblem."""
        return await self.web.get(index_url(access.url), access, self.most)

    async def looked_up(self, access: Access) -> Callable[[str], Awaitable[Versions]]:
        """The charts of an index, fetched now. Raises HelmProblem."""
        raw = await self.raw(access)
        written = await asyncio.to_thread(_written, index_of, raw)

        async def look_up(chart: str) -> Versions:
            return await asyncio.to_thread(versions_in, written, chart)

        return look_up


def _written(read: Callable[[bytes], Index], raw: bytes) -> bytes:
    """An index in the form in which charts are found."""
    made = bytearray()

    class Sink:
        def write(self, data: bytes, /) -> None:
            made.extend(data)

    read(raw).write(Sink())
    return bytes(made)
