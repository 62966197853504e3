"""What a chart says of itself in Chart.yaml: read, checked and cleaned as Helm does. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import cast

from shared.manifest.composition import documents
from shared.manifest.document import CONFIGURATION, DocumentError
from shared.manifest.identity import Manifest
from source_controller.helm.problem import ChartProblem
from source_controller.helm.struct import (
    Misfit,
    Struct,
    anything,
    flag,
    listed,
    mapped,
    moment,
    text,
)
from source_controller.version import Version

FILE = "Chart.yaml"
OLD, CURRENT = "v1", "v2"

MAINTAINER = Struct({"name": text, "email": text, "url": text})
DEPENDENCY = Struct(
    {
        "name": text,
        "version": text,
        "repository": text,
        "condition": text,
        "tags": listed(text),
        "enabled": flag,
        "import-values": listed(anything),
        "alias": text,
    },
    kept={"name": "", "repository": ""},
)
FIELDS = {
    "name": text,
    "home": text,
    "sources": listed(text),
    "version": text,
    "description": text,
    "keywords": listed(text),
    "maintainers": listed(MAINTAINER),
    "icon": text,
    "apiVersion": text,
    "condition": text,
    "tags": text,
    "appVersion": text,
    "deprecated": flag,
    "annotations": mapped(text),
    "kubeVersion": text,
    "dependencies": listed(DEPENDENCY),
    "type": text,
}
METADATA = Struct(FIELDS)
LOCK = Struct(
    {"generated": moment, "digest": text, "dependencies": listed(DEPENDENCY)},
    kept={"generated": "0001-01-01T00:00:00Z", "digest": "", "dependencies": None},
)

_CLEANED = (
    "name", "description", "home", "icon", "condition", "tags", "appVersion", "kubeVersion",
)  # fmt: skip
_CLEANED_OF_DEPENDENCIES = ("name", "version", "repository", "condition")
_ALIAS = re.compile(r"[a-zA-Z0-9_-]+")
_TYPES = frozenset({"", "application", "library"})


@dataclass(frozen=True, slots=True)
class Dependency:
    """A chart that another one needs. `repository`: where it is found; empty or `file://` for a
    place beside it."""

    name: str
    version: str = ""
    repository: str = ""
    alias: str = ""

    @property
    def known_as(self) -> str:
        """What it is called within the chart that needs it."""
        return self.alias or self.name

    @classmethod
    def of(cls, fields: Manifest) -> Dependency:
        """From the fields of a struct."""
        names = ("name", "version", "repository", "alias")
        return cls(*(str(fields.get(name, "")) for name in names))


@dataclass(frozen=True, slots=True)
class Metadata:
    """A chart's description of itself; `fields` in Go's order, without those that are empty."""

    fields: Manifest

    @property
    def name(self) -> str:
        """The name of the chart."""
        return str(self.fields.get("name", ""))

    @property
    def version(self) -> str:
        """The version of the chart."""
        return str(self.fields.get("version", ""))

    @property
    def api_version(self) -> str:
        """`v1`, where dependencies are in a file of their own, or `v2`."""
        return str(self.fields.get("apiVersion") or OLD)

    @property
    def dependencies(self) -> tuple[Dependency, ...]:
        """The charts that are needed."""
        return dependencies_of(self.fields)

    def having(self, **changed: str) -> Metadata:
        """The same with other fields."""
        return replace(self, fields={**self.fields, **changed})


def dependencies_of(fields: Manifest) -> tuple[Dependency, ...]:
    """The dependencies of metadata or of a lock; nulls among them say nothing."""
    found = cast("list[Manifest | None]", fields.get("dependencies") or [])
    return tuple(Dependency.of(one) for one in found if one is not None)


def metadata_of(files: Mapping[str, bytes]) -> Metadata:
    """From the files of a chart: what Chart.yaml says, and the dependencies of requirements.yaml.

    Raises ChartProblem where they cannot be read, or where Helm would not take the chart.
    """
    if FILE not in files:
        raise ChartProblem(f"no '{FILE}' found")
    fields = struct_of(files[FILE], FILE, METADATA)
    fields.setdefault("apiVersion", OLD)
    if "requirements.yaml" in files:
        fields |= struct_of(files["requirements.yaml"], "requirements.yaml", METADATA)
    return Metadata(cleaned(fields))


def struct_of(content: bytes, file: str, struct: Struct) -> Manifest:
    """The fields of a struct from a YAML file, of which an empty one has none. Raises
    ChartProblem."""
    try:
        found = documents(content.removeprefix(b"\xef\xbb\xbf"), path=file, rules=CONFIGURATION)
        return cast("Manifest", struct(found[0].value if found else {}, ""))
    except (DocumentError, Misfit) as error:
        raise ChartProblem(f"cannot load '{file}': {error}") from None


def cleaned(fields: Manifest) -> Manifest:
    """Metadata without what cannot be printed. Raises ChartProblem, in Helm's words, where Helm
    would not take it."""
    made = {**fields, **_printable(fields, _CLEANED)}
    for name in ("sources", "keywords"):
        if items := cast("list[str | None]", made.get(name) or []):
            made[name] = [printable(item or "") for item in items]
    _check_names(made)
    if maintainers := cast("list[Manifest | None]", made.get("maintainers") or []):
        made["maintainers"] = [_maintainer(one) for one in maintainers]
    if needed := cast("list[Manifest | None]", made.get("dependencies") or []):
        made["dependencies"] = _dependencies(needed)
    return made


def printable(line: str) -> str:
    """A text in which every kind of blank is a space, and what cannot be printed is not there."""
    if line.isprintable():
        return line
    return "".join(" " if c.isspace() else c for c in line if c.isspace() or c.isprintable())


def _printable(fields: Manifest, names: tuple[str, ...]) -> Manifest:
    return {name: printable(str(fields[name])) for name in names if name in fields}


def _check_names(fields: Manifest) -> None:
    name, version = str(fields.get("name", "")), str(fields.get("version", ""))
    if not fields.get("apiVersion"):
        raise _invalid("chart.metadata.apiVersion is required")
    if not name:
        raise _invalid("chart.metadata.name is required")
    if name in {".", ".."}:
        raise _invalid(f'chart.metadata.name "{name}" is not allowed')
    if "/" in name:
        raise _invalid(f'chart.metadata.name "{name[:200]}" is invalid')
    if not version:
        raise _invalid("chart.metadata.version is required")
    if not is_version(version):
        raise _invalid(f'chart.metadata.version "{version[:200]}" is invalid')
    if fields.get("type", "") not in _TYPES:
        raise _invalid("chart.metadata.type must be application or library")


def is_version(version: str) -> bool:
    """Whether a text is a version, three numbers or fewer."""
    try:
        Version.parse(version)
    except ValueError:
        return False
    return True


def _maintainer(maintainer: Manifest | None) -> Manifest:
    if maintainer is None:
        raise _invalid("maintainers must not contain empty or null nodes")
    return {name: printable(str(value)) for name, value in maintainer.items()}


def _dependencies(needed: list[Manifest | None]) -> list[object]:
    known: set[str] = set()
    made: list[object] = []
    for one in needed:
        dependency = cleaned_dependency(one)
        known_as = Dependency.of(dependency).known_as
        if known_as in known:
            raise _invalid(f'more than one dependency with name or alias "{known_as}"')
        known.add(known_as)
        made.append(dependency)
    return made


def cleaned_dependency(needed: Manifest | None) -> Manifest:
    """A dependency without what cannot be printed. Raises ChartProblem as `cleaned` does."""
    if needed is None:
        raise _invalid("dependencies must not contain empty or null nodes")
    alias = str(needed.get("alias", ""))
    if alias and not _ALIAS.fullmatch(alias):
        raise _invalid(f'dependency "{needed["name"]}" has disallowed characters in the alias')
    made = {**needed, **_printable(needed, _CLEANED_OF_DEPENDENCIES)}
    if tags := cast("list[str | None]", made.get("tags") or []):
        made["tags"] = [printable(tag or "") for tag in tags]
    return made


def _invalid(why: str) -> ChartProblem:
    return ChartProblem(f"validation: {why}")
