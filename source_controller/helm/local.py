"""Charts that lie in another source, as a directory or packed."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from typing import Protocol

from shared.manifest.identity import Manifest
from shared.manifest.tree import Tree
from source_controller.helm import values
from source_controller.helm.archive import Limits, Reader
from source_controller.helm.build import (
    Build,
    Order,
    copying,
    kept,
    not_complete,
    not_merged,
    not_packed,
    revalued,
    versioned,
    wrong_reference,
)
from source_controller.helm.chart import Chart, chart_of
from source_controller.helm.dependency import Ground
from source_controller.helm.directory import files_of, joined
from source_controller.helm.metadata import Metadata, metadata_of
from source_controller.helm.packing import packing
from source_controller.helm.problem import ChartProblem, HelmProblem, ValuesProblem
from source_controller.helm.values import Merged


class Dependencies(Protocol):
    """Where charts that another one needs come from."""

    async def added(self, chart: Chart, ground: Ground) -> tuple[Chart, int]:
        """The chart with what it was missing, and how much that was. Raises HelmProblem."""


@dataclass(frozen=True, slots=True)
class LocalBuilder:
    """Builds charts of other sources."""

    limits: Limits
    dependencies: Dependencies

    async def build(self, order: Order, tree: Tree, namespace: str) -> Build:
        """Build what is ordered out of the files of a source, with the dependencies it needs from
        repositories of the namespace. Raises Failure."""
        path = _path(order, tree)
        reader = Reader(self.limits)
        metadata = await asyncio.to_thread(self._metadata, tree, path)
        version = versioned(metadata.version, order.metadata)
        is_directory = path not in tree
        is_packed = is_directory or order.merges or bool(order.metadata)
        if there := kept(order, metadata.name, version, packed=is_packed):
            return there
        if not is_packed:
            return Build(metadata.name, version, copying(tree[path]))
        merged = await asyncio.to_thread(_merged, order, tree)
        chart = await asyncio.to_thread(_loaded, tree, path, reader)
        chart, used = revalued(chart.having(version=version), merged)
        resolved = 0
        if is_directory:
            chart, resolved = await self._completed(chart, Ground(tree, path, namespace, reader))
        build = await asyncio.to_thread(_packed, chart, order)
        return replace(build, values_files=used, resolved=resolved if build.write else 0)

    def _metadata(self, tree: Tree, path: str) -> Metadata:
        try:
            if path in tree:
                return metadata_of(Reader(self.limits).files(tree[path]))
            prefix = f"{path}/" if path else ""
            names = ("Chart.yaml", "requirements.yaml")
            files = {name: tree[prefix + name] for name in names if prefix + name in tree}
            Reader(self.limits).count(files)
            return metadata_of(files)
        except ChartProblem as problem:
            raise wrong_reference(str(problem)) from None

    async def _completed(self, chart: Chart, ground: Ground) -> tuple[Chart, int]:
        try:
            return await self.dependencies.added(chart, ground)
        except HelmProblem as problem:
            raise not_complete(str(problem)) from None


def _path(order: Order, tree: Tree) -> str:
    """Where in the source the chart is. Raises Failure."""
    if not order.chart:
        raise wrong_reference("no path set for local chart reference")
    if order.chart.startswith("/"):
        raise wrong_reference("local chart reference path is expected to be relative")
    path = joined(order.chart)
    if path not in tree and not tree.is_directory(path):
        raise wrong_reference(f"the source has no '{path}': no such directory")
    return path


def _merged(order: Order, tree: Tree) -> Merged | None:
    """The values files, which are relative to the root of the source."""
    if not order.merges:
        return None
    try:
        return values.merged_files(
            order.values_files,
            lambda file: _values(tree, file),
            ignore_missing=order.ignore_missing,
        )
    except ValuesProblem as problem:
        raise not_merged(str(problem)) from None


def _values(tree: Tree, file: str) -> Manifest | None:
    content = tree.get(joined(file))
    return None if content is None else values.values_of(content, file)


def _loaded(tree: Tree, path: str, reader: Reader) -> Chart:
    try:
        files = reader.files(tree[path]) if path in tree else files_of(tree, path, reader)
        return chart_of(files, reader)
    except ChartProblem as problem:
        raise not_packed(str(problem)) from None


def _packed(chart: Chart, order: Order) -> Build:
    """The chart in its archive; what is on offer where nothing but the revision is new."""
    try:
        chart = order.former.or_new(chart) if order.former else chart
        name, version = chart.name, chart.metadata.version
        if there := kept(order, name, version, packed=True):
            return there
        return Build(name, version, packing(chart), packed=True)
    except ChartProblem as problem:
        raise not_packed(f"failed to package chart: {problem}") from None
