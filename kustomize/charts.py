"""`helmCharts`: objects that a Helm chart makes, rendered by whoever the options name.

What goes into a rendering is decided here: the files of the chart, the values in their order, and
the namespace. The renderer gets them as plain values; it neither sees the tree nor is seen by it.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Protocol

from kustomize.directory import Directory
from kustomize.manifest_file import resources_of
from kustomize.marks import HELM
from kustomize.metadata import set_texts, texts
from kustomize.problem import BuildError
from kustomize.resource import Resource
from kustomize.resources import Resources
from kustomize.scalar import RESOURCE, plain
from kustomize.scope import Scope
from kustomize.strategic_merge import Merge
from shared.manifest.composition import documents
from shared.manifest.document_error import DocumentError
from shared.manifest.emission import emitted

HOME = "charts"
"""Where charts are, below the directory of the kustomization, if nothing else is said."""
MERGES = ("merge", "override", "replace")
GENERATOR = "HelmChartInflationGenerator"

_FIRST_SEPARATOR = re.compile(rb"^---[ \t]*\r?$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class ChartGlobals:
    """`helmGlobals`: what is said of all charts."""

    chart_home: str = ""
    config_home: str = ""


@dataclass(frozen=True, slots=True)
class Chart:
    """An entry of `helmCharts`."""

    name: str = ""
    version: str = ""
    repo: str = ""
    release_name: str = ""
    namespace: str = ""
    additional_values_files: tuple[str, ...] = ()
    values_file: str = ""
    values_inline: object = None
    values_merge: str = ""
    include_crds: bool = False
    skip_hooks: bool = False
    api_versions: tuple[str, ...] = ()
    kube_version: str = ""
    name_template: str = ""
    skip_tests: bool = False
    debug: bool = False
    devel: bool = False


@dataclass(frozen=True, slots=True)
class ChartArguments:
    """An entry of `helmChartInflationGenerator`, as it was in former days."""

    chart_name: str = ""
    chart_version: str = ""
    chart_repo_url: str = ""
    chart_home: str = ""
    chart_repo_name: str = ""
    helm_bin: str = ""
    helm_home: str = ""
    values: str = ""
    values_local: object = None
    values_merge: str = ""
    release_name: str = ""
    release_namespace: str = ""
    extra_args: tuple[str, ...] = ()

    def chart(self) -> Chart:
        """What it is today."""
        return Chart(
            name=self.chart_name,
            version=self.chart_version,
            repo=self.chart_repo_url,
            release_name=self.release_name,
            values_file=self.values,
            values_inline=self.values_local,
            values_merge=self.values_merge,
        )


Files = Mapping[str, bytes]
"""The files of a chart by their paths in it: `Chart.yaml`, `templates/…`."""


class Charts(Protocol):
    """Renders charts. Both raise BuildError where nothing comes of it."""

    def pulled(self, chart: Chart) -> Files:
        """The files of a chart from its repository."""

    def rendered(self, chart: Chart, files: Files, values: tuple[bytes, ...]) -> bytes:
        """The objects of a chart, as YAML. `values`: YAML texts, of which later ones count more."""


@dataclass(frozen=True, slots=True)
class Inflation:
    """Makes the objects of charts for one directory."""

    charts: Charts | None
    directory: Directory
    scope: Scope

    def resources(self, given: Chart, common: ChartGlobals) -> list[Resource]:
        """The objects of a chart. Raises BuildError."""
        if self.charts is None:
            raise BuildError("must specify --enable-helm: charts are not rendered here")
        _check(given)
        chart = replace(given, values_merge=given.values_merge or "override")
        further = tuple(map(self._further, chart.additional_values_files))
        home = _home(chart, common.chart_home or HOME)
        files = self._files(self.charts, chart, f"{home}/{chart.name}")
        own = self._own_values(chart, files)
        text = self.charts.rendered(chart, files, (_values(chart, own), *further))
        return _marked(_objects(text, chart.name, self.scope))

    def _files(self, charts: Charts, chart: Chart, path: str) -> Files:
        place = self.directory.place(path)
        reader = self.directory.reader
        if reader.is_directory(place):
            return {each.removeprefix(f"{place}/"): text for each, text in reader.below(place)}
        if not chart.repo:
            raise BuildError(
                f"no repo specified for pull, no chart found at '{reader.told(place)}'", path=place
            )
        files = charts.pulled(chart)
        reader.outside.note_chart(f"{chart.repo} {chart.name} {chart.version}", files)
        return files

    def _own_values(self, chart: Chart, files: Files) -> bytes:
        """The file that `valuesFile` names, by default the chart's own."""
        if chart.values_merge == "replace" and chart.values_inline:
            return b""
        if chart.values_file:
            return self.directory.load(chart.values_file)
        if "values.yaml" not in files:
            raise BuildError(f"the chart {chart.name} has no values.yaml")
        return files["values.yaml"]

    def _further(self, path: str) -> bytes:
        try:
            return self.directory.load(path)
        except BuildError as error:
            raise error.under("could not load additionalValuesFile") from error


def _check(chart: Chart) -> None:
    if not chart.name:
        raise BuildError("chart name cannot be empty")
    # Either would be an option to helm.
    for what, text in (("releaseName", chart.release_name), ("chart name", chart.name)):
        if text.startswith("-"):
            raise BuildError(f"{what} must not start with '-', got \"{text}\"")
    if chart.values_merge and chart.values_merge not in MERGES:
        raise BuildError(f"valuesMerge must be one of [{' '.join(MERGES)}]")


def _home(chart: Chart, home: str) -> str:
    if chart.version and chart.repo:
        return posixpath.join(home, f"{chart.name}-{chart.version}")
    return home


def _values(chart: Chart, own: bytes) -> bytes:
    """The first file of values that the renderer gets: what the kustomization says inline goes over
    those of the file, under them, or in their place."""
    inline = chart.values_inline
    if not inline:
        return own
    if not isinstance(inline, dict):
        raise BuildError(f"valuesInline of the chart {chart.name} is not a mapping")
    if chart.values_merge == "replace":
        return emitted(plain(inline)).encode()
    merge = Merge({})
    given = _parsed(own, chart)
    over, under = (inline, given) if chart.values_merge == "override" else (given, inline)
    return emitted(plain(merge.walk(under, over, None))).encode()


def _parsed(text: bytes, chart: Chart) -> dict[str, object]:
    try:
        found = documents(text, path=f"the values of the chart {chart.name}", rules=RESOURCE)
    except DocumentError as error:
        raise BuildError(f"could not parse values file: {error}") from error
    value = found[0].value if found else {}
    if not isinstance(value, dict):
        raise BuildError(f"the values of the chart {chart.name} are not a mapping")
    return value


def _objects(text: bytes, name: str, scope: Scope) -> list[Resource]:
    """Helm may say something before the first object."""
    try:
        return _distinct(resources_of(text, f"chart {name}", scope))
    except BuildError:
        separator = _FIRST_SEPARATOR.search(text)
        if separator is None:
            raise
        return _distinct(resources_of(text[separator.end() :], f"chart {name}", scope))


def _distinct(found: list[Resource]) -> list[Resource]:
    return list(Resources(found))


def _marked(found: list[Resource]) -> list[Resource]:
    for resource in found:
        known = texts(resource.manifest, "annotations")
        set_texts(resource.manifest, "annotations", {**known, HELM: "true"})
    return found
