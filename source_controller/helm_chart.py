"""The story of a HelmChart: find the chart in its source, build it, and offer what is new.

What is on offer stays on offer, whatever fails here (reliability-security.md I4).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from shared.api.artifact import Artifact
from shared.api.helm_chart import HelmChart, HelmChartStatus
from shared.reconcile.attempt import Attempt
from shared.reconcile.condition import Mark, find
from shared.reconcile.failure import Failure
from shared.reconcile.settlement import Ready
from source_controller.helm.build import Build, Unsigned, Write
from source_controller.helm.former import former_of
from source_controller.shelf import Content
from source_controller.upkeep import (
    Shelf,
    is_new,
    is_recovery,
    tended,
    withdrawn,
)

FAILURES = ("BuildFailed", "FetchFailed", "StorageOperationFailed")
OWNED = frozenset({*FAILURES, "ArtifactInStorage", "ArtifactOutdated", "SourceVerified"})
"""The conditions of this kind beside Ready, Reconciling and Stalled."""


class Foundation(Protocol):
    """The source of a chart as it was found: of what revision, and how to build from it."""

    @property
    def revision(self) -> str:
        """The revision of the source's artifact; empty for a registry, which has none."""

    async def build(self, chart: HelmChart, offered: Artifact | None) -> Build:
        """Build the chart; what is `offered` is kept where nothing would change. Raises Failure."""


class Sources(Protocol):
    """The sources that charts come from."""

    async def of(self, chart: HelmChart) -> Foundation:
        """The source of a chart. Raises Failure where it is not there, or offers nothing."""


@dataclass(frozen=True, slots=True)
class HelmChartReconciler:
    """Brings a HelmChart's artifact to what its source has."""

    sources: Sources
    shelf: Shelf

    async def reconcile(self, chart: HelmChart, attempt: Attempt[HelmChartStatus]) -> Ready:
        """Build the chart; store and offer it where it is new."""
        kept = await tended(self.shelf, chart.status.artifact, attempt)
        url = await self.shelf.newest(chart.metadata) if kept.artifact else ""
        attempt.record(HelmChartStatus(artifact=kept.artifact, url=url))
        _forget_distrust(chart, attempt)
        build = await self._built(chart, attempt, kept.artifact)
        if build.write:
            await self._renew(chart, attempt, build, build.write)
        elif kept.artifact:
            _tell_nothing_new(chart, attempt, build, kept.artifact)
        attempt.unmark("ArtifactOutdated")
        ready = _ready(build)
        attempt.mark("ArtifactInStorage", Mark("True", ready.reason, ready.message))
        return ready

    async def finalize(self, chart: HelmChart, attempt: Attempt[HelmChartStatus]) -> None:
        """Remove what was stored."""
        await withdrawn(self.shelf, chart.metadata, attempt)

    async def _built(
        self, chart: HelmChart, attempt: Attempt[HelmChartStatus], offered: Artifact | None
    ) -> Build:
        """The chart, built or kept. A failure takes the place of one of the other kind."""
        try:
            async with attempt.stage("building the chart", "Failed", condition="FetchFailed"):
                foundation = await self.sources.of(chart)
                if foundation.revision:
                    attempt.record(
                        HelmChartStatus(observed_source_artifact_revision=foundation.revision)
                    )
                build = await foundation.build(chart, offered)
        except Failure as failure:
            _remember(chart, attempt)
            attempt.unmark(*{"BuildFailed", "FetchFailed"} - {failure.condition})
            if isinstance(failure, Unsigned):
                _mark_unsigned(attempt, failure)
            raise
        attempt.unmark("BuildFailed")
        if build.verified:
            message = f"verified signature of version {build.version}"
            attempt.mark("SourceVerified", Mark("True", "Succeeded", message))
        if build.resolved:
            message = f"resolved {build.resolved} chart dependencies"
            attempt.tell("ResolvedDependencies", message, severity="trace")
        return build

    async def _renew(
        self, chart: HelmChart, attempt: Attempt[HelmChartStatus], build: Build, write: Write
    ) -> None:
        """Offer what was built in place of what is on offer."""
        old = attempt.status.artifact
        seen = chart.status.observed_chart_name
        if old is not None and (seen, old.revision) != (build.name, build.version):
            attempt.mark("ArtifactOutdated", Mark("True", "NewChart", build.summary))
        async with attempt.stage(
            f"building artifact: {build.summary}",
            "ArchiveOperationFailed",
            condition="StorageOperationFailed",
        ):
            new = await self.shelf.put(chart.metadata, Content(build.version, build.file, write))
        attempt.record(
            HelmChartStatus(
                artifact=new,
                url=await self.shelf.newest(chart.metadata),
                observed_chart_name=build.name,
                observed_values_files=(
                    build.values_files if chart.spec.ignore_missing_values_files else ()
                ),
            )
        )
        if is_new(chart.status.artifact, new) or is_recovery(chart.status.conditions, FAILURES):
            _tell(attempt, build, new)


def _ready(build: Build) -> Ready:
    return Ready("ChartPackageSucceeded" if build.packed else "ChartPullSucceeded", build.summary)


def _tell(attempt: Attempt[HelmChartStatus], build: Build, artifact: Artifact) -> None:
    attempt.tell(
        "ChartPackageSucceeded" if build.packed else "ChartPullSucceeded",
        build.summary,
        revision=artifact.revision,
        digest=artifact.digest,
    )


def _remember(chart: HelmChart, attempt: Attempt[HelmChartStatus]) -> None:
    """A chart whose version names a revision, and that is not stored any more, stays named until it
    can be made anew: after a start with an empty disk nothing else tells its version."""
    if attempt.status.artifact is None and former_of(chart):
        attempt.record(HelmChartStatus(artifact=chart.status.artifact))


def _forget_distrust(chart: HelmChart, attempt: Attempt[HelmChartStatus]) -> None:
    """A signature that was bad is looked at anew; one that is not asked for says nothing."""
    verified = find(chart.status.conditions, "SourceVerified")
    if chart.spec.verify is None or (verified and verified.status == "False"):
        attempt.unmark("SourceVerified")


def _mark_unsigned(attempt: Attempt[HelmChartStatus], failure: Failure) -> None:
    """Say that a chart is not signed by anybody who is trusted."""
    attempt.mark("BuildFailed", Mark("True", "ChartVerificationError", failure.message))
    attempt.mark("SourceVerified", Mark("False", "VerificationError", failure.message))


def _tell_nothing_new(
    chart: HelmChart, attempt: Attempt[HelmChartStatus], build: Build, artifact: Artifact
) -> None:
    message = f"artifact up-to-date with remote revision: '{build.version}'"
    attempt.tell("ArtifactUpToDate", message, severity="trace")
    if is_recovery(chart.status.conditions, FAILURES):
        _tell(attempt, build, artifact)
