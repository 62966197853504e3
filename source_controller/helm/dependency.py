"""The charts that an umbrella chart needs and does not have with it (flux.md 2.8)."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from typing import Protocol
from urllib.parse import urlsplit

from shared.manifest.tree import Tree
from source_controller.helm.archive import Reader
from source_controller.helm.chart import Chart, chart_of
from source_controller.helm.choice import range_of
from source_controller.helm.directory import files_of, joined
from source_controller.helm.location import check_dependency, normalised
from source_controller.helm.metadata import Dependency
from source_controller.helm.problem import ChartProblem, HelmProblem
from source_controller.helm.remote import ChartSource
from source_controller.version import Version

LOCAL = "file://"
MOST = 200
"""Dependencies of one chart."""


@dataclass(frozen=True, slots=True)
class Ground:
    """Where a chart stands: the files of its source, the directory it is in, and the namespace that
    repositories are looked for in. `reader` holds what all charts together may unpack to."""

    tree: Tree
    directory: str
    namespace: str
    reader: Reader


class Sources(Protocol):
    """Repositories by their URL."""

    async def at(self, url: str, namespace: str) -> ChartSource:
        """The repository at a URL: as a HelmRepository of the namespace has it, or else as anybody
        sees it. Raises HelmProblem."""


@dataclass(frozen=True, slots=True)
class RepositoryDependencies:
    """Dependencies from beside the chart, and from repositories."""

    sources: Sources

    async def added(self, chart: Chart, ground: Ground) -> tuple[Chart, int]:
        """The chart with what it was missing, and how much that was. Raises HelmProblem, with the
        name of the dependency."""
        missing = chart.missing()
        if len(missing) > MOST:
            raise ChartProblem(f"there are more than {MOST} dependencies")
        known: dict[str, ChartSource] = {}
        found = [await self._found(one, ground, known) for one in missing]
        return replace(chart, within=(*chart.within, *found)), len(found)

    async def _found(
        self, dependency: Dependency, ground: Ground, known: dict[str, ChartSource]
    ) -> Chart:
        path = place_of(dependency, ground.directory)
        try:
            if path is None:
                chart = await self._fetched(dependency, ground, known)
            else:
                chart = await asyncio.to_thread(_beside, dependency, path, ground)
        except HelmProblem as problem:
            where = "remote" if path is None else "local"
            raise ChartProblem(
                f"failed to add {where} dependency '{dependency.known_as}': {problem}"
            ) from None
        return chart.having(name=dependency.alias) if dependency.alias else chart

    async def _fetched(
        self, dependency: Dependency, ground: Ground, known: dict[str, ChartSource]
    ) -> Chart:
        url = normalised(dependency.repository)
        check_dependency(url)
        if url not in known:
            known[url] = await self.sources.at(url, ground.namespace)
        version = await known[url].find(dependency.name, dependency.version)
        data = await known[url].download(version)
        return await asyncio.to_thread(lambda: chart_of(ground.reader.files(data), ground.reader))


def _beside(dependency: Dependency, path: str, ground: Ground) -> Chart:
    """A chart in the same source. Raises HelmProblem."""
    tree = ground.tree
    if path not in tree and not tree.is_directory(path):
        raise ChartProblem(f"no chart found at '{path}' (reference '{dependency.repository}')")
    wish = range_of(dependency.version)
    reader = ground.reader
    files = reader.files(tree[path]) if path in tree else files_of(tree, path, reader)
    chart = chart_of(files, reader)
    if not wish.holds(Version.parse(chart.metadata.version)):
        raise ChartProblem(f"can't get a valid version for constraint '{dependency.version}'")
    return chart


def place_of(dependency: Dependency, directory: str) -> str | None:
    """Where in the source a dependency of the chart in a directory is; None for one from a
    repository."""
    if not dependency.repository:
        return joined(directory, "charts", dependency.name)
    if not dependency.repository.startswith(LOCAL):
        return None
    parts = urlsplit(dependency.repository)
    return joined(directory, parts.netloc, parts.path)
