"""A chart as it comes in an artifact: what has to be known of it, and how its record begins."""

from __future__ import annotations

import base64
import gzip
import io
import tarfile
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

from helm_controller.problem import HelmError
from helm_controller.rendering import Definition
from shared.artifact import archive
from shared.artifact.error import ArtifactError
from shared.manifest.document import CONFIGURATION, DocumentError, dump, parse
from shared.manifest.identity import Manifest, text

LARGEST = 256 * 2**20
"""Bytes that a chart may unpack to: Helm's own limit is 100 MiB of files."""
MOST_FILES = 50_000

_BOM = b"\xef\xbb\xbf"
_V1_FILES = frozenset({"requirements.yaml", "requirements.lock"})
_OWN = frozenset({"Chart.yaml", "Chart.lock", "values.yaml", "values.schema.json"})


@dataclass(frozen=True)
class Chart:
    """A chart. `data`: the archive; `files`: its files in their order, by their paths within the
    chart; `metadata`: what Chart.yaml says."""

    data: bytes
    files: dict[str, bytes]
    metadata: Manifest

    @property
    def name(self) -> str:
        """The chart's name."""
        return text(self.metadata, "name")

    @property
    def version(self) -> str:
        """The chart's version."""
        return text(self.metadata, "version")

    @property
    def app_version(self) -> str:
        """The version of what the chart installs."""
        return text(self.metadata, "appVersion")

    @property
    def size(self) -> int:
        """Bytes in memory, about."""
        return len(self.data) + sum(len(content) for content in self.files.values())

    @property
    def definitions(self) -> list[Definition]:
        """The files of the chart's own crds/."""
        return [
            Definition(path, content.decode(errors="replace"))
            for path, content in self.files.items()
            if path.startswith("crds/") and path.endswith((".yaml", ".yml", ".json"))
        ]

    @cached_property
    def looks_up(self) -> bool:
        """Whether templates may look something up in a cluster. A packed subchart may."""
        return any(
            b"lookup" in content
            for path, content in self.files.items()
            if "templates/" in path or path.endswith(".tgz")
        ) or any(path.endswith(".tgz") for path in self.files)

    @cached_property
    def record(self) -> Manifest:
        """What of the chart goes into a record, but for its metadata and values: those are another
        thing once it is rendered."""
        is_old = text(self.metadata, "apiVersion") in {"", "v1"}
        lock = self.files.get("Chart.lock") or self.files.get("requirements.lock")
        schema = self.files.get("values.schema.json")
        return {
            "lock": _parsed(lock, "Chart.lock") if lock is not None else None,
            "templates": _listed(self.files, lambda path: path.startswith("templates/")),
            "schema": None if schema is None else base64.b64encode(schema).decode(),
            "files": _listed(self.files, lambda path: _is_plain(path, is_old=is_old)),
        }

    def with_version(self, version: str) -> Chart:
        """The same chart in another version. CPU bound."""
        metadata = {**self.metadata, "version": version}
        content = dump([metadata])
        return Chart(
            _replaced(self.data, "Chart.yaml", content),
            {**self.files, "Chart.yaml": content},
            metadata,
        )


def read(data: bytes) -> Chart:
    """The chart in an archive. CPU bound. Raises HelmError where it is none."""
    try:
        entries = archive.entries(data, archive.Limits(LARGEST, MOST_FILES))
    except ArtifactError as error:
        raise HelmError("load", f"the chart cannot be read: {error}") from error
    files = {
        path: (entry.content or b"").removeprefix(_BOM)
        for entry in entries
        if (path := entry.path.partition("/")[2])
    }
    if "Chart.yaml" not in files:
        raise HelmError("load", "Chart.yaml file is missing")
    metadata = _parsed(files["Chart.yaml"], "Chart.yaml")
    if not text(metadata, "name") or not text(metadata, "version"):
        raise HelmError("load", "validation: chart.metadata.name and version are required")
    return Chart(data, files, metadata)


def _parsed(content: bytes, path: str) -> Manifest:
    try:
        found = parse(content, path=path, rules=CONFIGURATION)
    except DocumentError as error:
        raise HelmError("load", f"cannot load {path}: {error}") from error
    return found[0] if found else {}


def _is_plain(path: str, *, is_old: bool) -> bool:
    """Whether a file is one of those that templates read by `.Files`."""
    if path in _V1_FILES:
        return is_old
    if path.startswith("charts/"):
        return path.endswith(".prov")
    return path not in _OWN and not path.startswith("templates/")


def _listed(files: dict[str, bytes], wanted: Callable[[str], bool]) -> list[Manifest] | None:
    found: list[Manifest] = [
        {"name": path, "data": base64.b64encode(content).decode()}
        for path, content in files.items()
        if wanted(path)
    ]
    return found or None


def _replaced(data: bytes, path: str, content: bytes) -> bytes:
    """The archive with another content of one file of the chart."""
    made = io.BytesIO()
    with (
        tarfile.open(fileobj=io.BytesIO(data), mode="r:gz") as old,
        gzip.GzipFile(fileobj=made, mode="wb", compresslevel=1, mtime=0) as packed,
        tarfile.open(fileobj=packed, mode="w") as new,
    ):
        for entry in old:
            if entry.name.removeprefix("./").partition("/")[2] == path:
                entry.size = len(content)
                new.addfile(entry, io.BytesIO(content))
            else:
                new.addfile(entry, old.extractfile(entry) if entry.isfile() else None)
    return made.getvalue()
