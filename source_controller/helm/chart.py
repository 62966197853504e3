"""A chart: its files, what they say, and the charts within it; as Helm v4 loads them. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

import orjson

from shared.manifest.identity import Manifest
from source_controller.helm import values
from source_controller.helm.archive import Reader
from source_controller.helm.metadata import (
    LOCK,
    OLD,
    Dependency,
    Metadata,
    dependencies_of,
    metadata_of,
    struct_of,
)
from source_controller.helm.problem import ChartProblem, ValuesProblem

SCHEMA = "values.schema.json"
WITHIN = "charts/"
TEMPLATES = "templates/"
DEEPEST = 20
"""Charts within charts."""

_OLD_LOCK = "requirements.lock"
_OLD_FILES = frozenset({"requirements.yaml", _OLD_LOCK})


@dataclass(frozen=True, slots=True)
class Chart:
    """`files`: those of the chart itself, by path, in the order in which they were found."""

    metadata: Metadata
    files: Mapping[str, bytes]
    lock: Manifest | None = None
    within: tuple[Chart, ...] = ()

    @property
    def name(self) -> str:
        """The name of the chart."""
        return self.metadata.name

    def having(self, **changed: str) -> Chart:
        """The same with other metadata."""
        return replace(self, metadata=self.metadata.having(**changed))

    def with_file(self, path: str, content: bytes) -> Chart:
        """The same with another file."""
        return replace(self, files={**self.files, path: content})

    def missing(self) -> tuple[Dependency, ...]:
        """The dependencies that are not within; those of the lock file, where there is one."""
        needed = self.metadata.dependencies
        if self.lock is not None:
            needed = dependencies_of(self.lock)
        if len(needed) == len(self.within):
            return ()
        there = {chart.name for chart in self.within}
        return tuple({one.known_as: one for one in needed if one.known_as not in there}.values())


def chart_of(files: Mapping[str, bytes], reader: Reader, depth: int = 0) -> Chart:
    """Read a chart from its files, with the charts in its folder `charts/`, packed or not. `reader`
    opens the packed ones, and holds what all of them may unpack to.

    Raises ChartProblem.
    """
    if depth > DEEPEST:
        raise ChartProblem(f"there are more than {DEEPEST} charts in one another")
    metadata = metadata_of(files)
    own = {path: content for path, content in files.items() if not _is_within(path)}
    _check_values(own)
    lock = _lock_of(own)
    within = [
        _subchart(metadata.name, name, inner, reader, depth)
        for name, inner in sorted(_subcharts(files).items())
        if not name.startswith(("_", "."))
    ]
    return Chart(metadata, own, lock, tuple(filter(None, within)))


def _subchart(
    parent: str, name: str, files: Mapping[str, bytes], reader: Reader, depth: int
) -> Chart | None:
    """One of the folder `charts/`; None for a file there that is no chart."""
    try:
        if name.endswith(".tgz"):
            if set(files) != {""}:
                raise ChartProblem(f"'{name}' is a directory")
            return chart_of(reader.files(files[""]), reader, depth + 1)
        inner = {path: content for path, content in files.items() if path}
        # As in Helm, a file that lies about is no chart without a Chart.yaml, and that is an error.
        return chart_of(inner, reader, depth + 1)
    except ChartProblem as problem:
        raise ChartProblem(f"error unpacking subchart {name} in {parent}: {problem}") from None


def _subcharts(files: Mapping[str, bytes]) -> dict[str, dict[str, bytes]]:
    """What is below `charts/`, by the first part of the path there; "" is a file itself."""
    found: dict[str, dict[str, bytes]] = {}
    for path, content in files.items():
        if _is_within(path):
            name, _, rest = path.removeprefix(WITHIN).partition("/")
            found.setdefault(name, {})[rest] = content
    return found


def _is_within(path: str) -> bool:
    """Whether a file belongs to a chart within; signatures beside packed ones do not."""
    return path.startswith(WITHIN) and not path.endswith(".prov")


def _check_values(files: Mapping[str, bytes]) -> None:
    try:
        values.defaults_of(files.get(values.FILE, b""))
    except ValuesProblem as problem:
        raise ChartProblem(str(problem)) from None


def _lock_of(files: Mapping[str, bytes]) -> Manifest | None:
    """What the lock file says; of two the last one counts."""
    names = [path for path in files if path in {"Chart.lock", _OLD_LOCK}]
    return struct_of(files[names[-1]], names[-1], LOCK) if names else None


def packed_order(chart: Chart) -> Iterable[str]:
    """The paths of the files that follow values and schema in an archive: templates, then the rest.
    What newer charts have in Chart.yaml is not there again."""
    special = {"Chart.yaml", "Chart.lock", values.FILE, SCHEMA}
    if chart.metadata.api_version != OLD:
        special |= _OLD_FILES
    rest = [path for path in chart.files if path not in special]
    yield from (path for path in rest if path.startswith(TEMPLATES))
    yield from (path for path in rest if not path.startswith(TEMPLATES))


def check_schema(content: bytes) -> None:
    """Raises ChartProblem for a schema that is not JSON."""
    try:
        orjson.loads(content)
    except orjson.JSONDecodeError:
        raise ChartProblem(f"invalid JSON in {SCHEMA}") from None
