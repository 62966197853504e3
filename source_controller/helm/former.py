"""The chart that was made last: one that comes out as it did keeps its version. Pure.

The archive of a chart is always the same for the same chart, so its digest is all that has to be
remembered, and the artifact in the status has it.
"""

from __future__ import annotations

from dataclasses import dataclass

from shared.api.helm_chart import HelmChart
from shared.artifact.digest import Hasher, hasher, parse
from shared.artifact.error import ArtifactError
from source_controller.helm.chart import Chart
from source_controller.helm.packing import packing

EVERY_REVISION = "penstock.dev/release-every-revision"
"""An annotation of a HelmChart: `enabled` makes each revision of its source a new version of the
chart, as Flux does."""


@dataclass(frozen=True, slots=True)
class Former:
    """A chart out of a source with revisions. `version`: with the revision that it was made of
    behind its plus; `digest`: of its archive."""

    version: str
    digest: str

    def or_new(self, chart: Chart) -> Chart:
        """The chart in the version of this one, where nothing else than the revision behind the
        plus has changed; else the chart as it is. CPU bound. Raises ChartProblem where the chart
        cannot be packed."""
        if _plain(self.version) != _plain(chart.metadata.version):
            return chart
        same = chart.having(version=self.version)
        return same if _is_archived_as(same, self.digest) else chart


def former_of(chart: HelmChart) -> Former | None:
    """What was made last, stored or not, where its version names a revision and may be kept. What
    is asked for otherwise than then, another generation, is another version. Pure."""
    artifact = chart.status.artifact
    names_revision = chart.spec.reconcile_strategy == "Revision"
    follows = chart.metadata.annotations.get(EVERY_REVISION, "").lower() == "enabled"
    is_other = chart.metadata.generation != chart.status.observed_generation
    if artifact is None or not names_revision or follows or is_other:
        return None
    return Former(artifact.revision, artifact.digest)


def _plain(version: str) -> str:
    return version.partition("+")[0]


def _is_archived_as(chart: Chart, digest: str) -> bool:
    """Whether a digest is that of the chart's archive."""
    try:
        algorithm, value = parse(digest)
    except ArtifactError:
        return False
    taking = _Taking(hasher(algorithm))
    packing(chart)(taking)
    return taking.made.hexdigest() == value


@dataclass(frozen=True, slots=True)
class _Taking:
    """Takes the bytes of an archive into a digest."""

    made: Hasher

    def write(self, data: bytes, /) -> None:
        self.made.update(data)
