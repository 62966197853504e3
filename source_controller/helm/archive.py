"""The files of a packed chart, as Helm reads them, and within bounds. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from shared.artifact.archive import Limits as ArchiveLimits
from shared.artifact.archive import read
from shared.artifact.error import ArtifactError
from source_controller.helm.problem import ChartProblem

MIB = 1024 * 1024
BOM = b"\xef\xbb\xbf"

_DRIVE = re.compile(r"[a-zA-Z]:/")
_MOST_FILES = 50_000


@dataclass(frozen=True, slots=True)
class Limits:
    """Bytes: of a packed chart, of a file in it, and of all that it unpacks to."""

    chart: int = 10 * MIB
    file: int = 5 * MIB
    whole: int = 100 * MIB


class Reader:
    """Opens packed charts, those within one another too, which may not unpack to more than the
    limit together. One for each chart that is read."""

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self._left = limits.whole

    def files(self, data: bytes) -> Mapping[str, bytes]:
        """The files of a chart, by their path within it. Raises ChartProblem."""
        if len(data) > self.limits.chart:
            raise ChartProblem(f"the chart's size exceeds '{self.limits.chart}' bytes limit")
        try:
            tree = read(data, ArchiveLimits(self._left, _MOST_FILES))
        except ArtifactError as problem:
            raise ChartProblem(str(problem)) from None
        found = {_within(path): content.removeprefix(BOM) for path, content in tree.items()}
        if not found:
            raise ChartProblem("no files in chart archive")
        self.count(found)
        return found

    def count(self, files: Mapping[str, bytes]) -> None:
        """Take files into account. Raises ChartProblem where one is, or all are, too large."""
        for path, content in files.items():
            if len(content) > self.limits.file:
                raise ChartProblem(
                    f"cannot load file {path} as file size ({len(content)}) exceeds limit "
                    f"({self.limits.file})"
                )
            self._left -= len(content)
        if self._left <= 0:
            raise ChartProblem(
                f"decompressed chart is larger than the maximum size {self.limits.whole}"
            )


def _within(path: str) -> str:
    """The path within the directory that all of a packed chart is in."""
    directory, slash, rest = path.partition("/")
    if directory == "Chart.yaml":
        raise ChartProblem("chart yaml not in base directory")
    if not slash:
        raise ChartProblem(
            f"chart illegally contains content outside the base directory: {path[:200]!r}"
        )
    if _DRIVE.match(rest):
        raise ChartProblem("chart contains illegally named files")
    return rest
