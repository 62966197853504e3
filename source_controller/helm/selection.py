"""Of a source's artifact only what a chart may be made of: the rest is walked past, not held."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from shared.artifact.archive import walk
from shared.manifest.tree import Tree
from source_controller.helm.archive import Limits
from source_controller.helm.build import Order
from source_controller.helm.dependency import place_of
from source_controller.helm.directory import joined
from source_controller.helm.metadata import LOCK, METADATA, dependencies_of, struct_of
from source_controller.helm.problem import ChartProblem
from source_controller.helm.struct import Struct

_NAMING_OTHERS: Mapping[str, Struct] = {
    "Chart.yaml": METADATA,
    "requirements.yaml": METADATA,
    "Chart.lock": LOCK,
    "requirements.lock": LOCK,
}


def selected(data: bytes, order: Order, limits: Limits) -> Tree:
    """The files of the chart, its values files, and the charts beside it that it needs. Blocking.

    Raises ArtifactError for an artifact that is none, and ChartProblem where what is wanted of it
    is more than a chart may be.
    """
    directory = joined(order.chart)
    wanted = {directory, *map(joined, order.values_files)}
    files = _held(data, wanted, limits)
    beside = {path for path in _beside(files, directory) if not _is_within(path, wanted)}
    return Tree(_held(data, wanted | beside, limits) if beside else files)


def _held(data: bytes, wanted: Collection[str], limits: Limits) -> dict[str, bytes]:
    """The files at, or below, the paths."""
    most = 2 * limits.whole
    files: dict[str, bytes] = {}
    for entry in walk(data):
        if entry.content is not None and _is_within(entry.path, wanted):
            files[entry.path] = entry.content
            most -= len(entry.content)
            if most < 0:
                raise ChartProblem(
                    f"decompressed chart is larger than the maximum size {limits.whole}"
                )
    return files


def _is_within(path: str, wanted: Collection[str]) -> bool:
    if "" in wanted or path in wanted:
        return True
    ends = (end for end, letter in enumerate(path) if letter == "/")
    return any(path[:end] in wanted for end in ends)


def _beside(files: Mapping[str, bytes], directory: str) -> set[str]:
    """Where the chart's own files say that charts are that it needs. What cannot be read says
    nothing here: that is told when the chart is built."""
    found: set[str] = set()
    for name, struct in _NAMING_OTHERS.items():
        content = files.get(joined(directory, name), b"")
        try:
            needed = dependencies_of(struct_of(content, name, struct))
        except ChartProblem:
            continue
        found.update(path for one in needed if (path := place_of(one, directory)) is not None)
    return found
