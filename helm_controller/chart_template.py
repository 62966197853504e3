"""The HelmChart that is made for a HelmRelease, and that goes with it.

From Flux's internal/reconcile/helmchart_template.go: in the namespace of the source, written by
server-side apply, deleted when the HelmRelease names another source or a chart of its own.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial

from helm_controller.chart_source import HELM_CHART, Watched, ref_of
from helm_controller.reckoning import is_asked
from helm_controller.workplace import GROUP
from shared.api.helm_chart import HelmChart, HelmChartSpec
from shared.api.helm_release import ChartMetadata, ChartTemplate, HelmRelease, HelmReleaseStatus
from shared.cluster.client import Client
from shared.cluster.error import ClusterError, NotFound
from shared.cluster.removal import remove
from shared.manifest.identity import Kind, Manifest, Ref, labels_of, metadata
from shared.reconcile.attempt import Attempt

MANAGER = "helm-controller"


@dataclass(frozen=True, slots=True)
class ChartTemplates:
    """Keeps the HelmCharts. `client`: with the controller's own rights, as in Flux: a HelmRelease
    says which, and whether it may name another namespace was decided before. `watched`: kinds that
    are watched; what a watch shows is not asked for, unless somebody asks for a look."""

    client: Client
    watched: Mapping[Kind, Watched] = field(default_factory=dict)

    async def keep(self, hr: HelmRelease, attempt: Attempt[HelmReleaseStatus]) -> Manifest | None:
        """Make the HelmChart what the HelmRelease says; one that it does not name any more goes.
        The HelmChart, where the API server has just said how it is. Raises ClusterError."""
        wanted = template_of(hr) if hr.spec.chart else None
        name = _name(wanted) if wanted else ""
        before = attempt.status.helm_chart
        if before and before != name:
            await self.remove(attempt, hr)
        if wanted is None:
            return None
        if before != name:
            # What is on its way is known before it is there: nothing is left behind.
            await attempt.persist(HelmReleaseStatus(helm_chart=name))
        shown = None if is_asked(hr) else self._shown(Ref.of(wanted))
        if shown is not None and _says(shown, wanted):
            return None
        try:
            return await self._written(wanted, attempt, is_new=before != name)
        except ClusterError as error:
            attempt.tell("HelmChartSyncErr", str(error), severity="trace")
            raise

    async def remove(self, attempt: Attempt[HelmReleaseStatus], hr: HelmRelease) -> None:
        """Delete the HelmChart that was made, if it is of this HelmRelease. Raises ClusterError."""
        chart = attempt.status.helm_chart
        if not chart:
            return
        namespace, _, name = chart.partition("/")
        ref = ref_of(HELM_CHART, namespace, name)
        is_ours = partial(_is_of, hr)
        if await remove(self.client, ref, is_ours, self._shown(ref)) in {"going", "gone"}:
            attempt.tell("HelmChartDeleted", f"deleted HelmChart '{chart}'", severity="trace")
        attempt.record(HelmReleaseStatus(helm_chart=""))

    async def _written(
        self, wanted: Manifest, attempt: Attempt[HelmReleaseStatus], *, is_new: bool
    ) -> Manifest:
        """The HelmChart as it is wanted; written where it is not known to be. One that is new is
        not looked for."""
        live = None if is_new else await self._found(Ref.of(wanted))
        if live is not None and _says(live, wanted):
            return live
        answer = await self.client.apply(wanted, manager=MANAGER)
        message = f"{'Configured' if live else 'Created'} {Ref.of(wanted)}"
        attempt.tell(
            "HelmChartConfigured" if live else "HelmChartCreated", message, severity="trace"
        )
        return answer

    async def _found(self, ref: Ref) -> Manifest | None:
        try:
            return await self.client.get(ref)
        except NotFound:
            return None

    def _shown(self, ref: Ref) -> Manifest | None:
        """The HelmChart as a watch that sees shows it."""
        cache = self.watched.get(ref.gvk)
        if cache is None or not cache.is_synced():
            return None
        return cache.find(ref.namespace, ref.name)


def template_of(hr: HelmRelease) -> Manifest:
    """The HelmChart that a HelmRelease asks for. Pure."""
    template = hr.spec.chart
    if template is None:
        raise AssertionError("there is no chart to make")
    spec = template.spec
    said = template.metadata or ChartMetadata()
    meta: Manifest = {
        "name": f"{hr.metadata.namespace}-{hr.metadata.name}",
        "namespace": spec.source_ref.namespace or hr.metadata.namespace,
        "labels": {**said.labels, **_origin(hr)},
    }
    if said.annotations:
        meta["annotations"] = said.annotations
    return {
        "apiVersion": HelmChart.naming.api_version,
        "kind": HelmChart.naming.kind,
        "metadata": meta,
        "spec": _spec(hr, template),
    }


def _spec(hr: HelmRelease, template: ChartTemplate) -> Manifest:
    spec = template.spec
    asked: Manifest = {
        "chart": spec.chart,
        "version": spec.version,
        "sourceRef": {"kind": spec.source_ref.kind, "name": spec.source_ref.name},
        "interval": spec.interval or hr.spec.interval,
        "reconcileStrategy": spec.reconcile_strategy,
        "valuesFiles": spec.values_files,
        "ignoreMissingValuesFiles": spec.ignore_missing_values_files,
        "verify": spec.verify.model_dump(by_alias=True) if spec.verify else None,
    }
    found = HelmChartSpec.model_validate(asked)
    written: Manifest = found.model_dump(mode="json", by_alias=True, exclude_none=True)
    return written


def _says(live: Manifest, wanted: Manifest) -> bool:
    """Whether a HelmChart says all that it should already."""
    labels = labels_of(wanted).items() <= labels_of(live).items()
    annotations = metadata(wanted).get("annotations")
    same = annotations is None or annotations == metadata(live).get("annotations")
    return labels and same and live.get("spec") == wanted.get("spec")


def _origin(hr: HelmRelease) -> dict[str, str]:
    return {f"{GROUP}/name": hr.metadata.name, f"{GROUP}/namespace": hr.metadata.namespace}


def _is_of(hr: HelmRelease, chart: Manifest) -> bool:
    return _origin(hr).items() <= labels_of(chart).items()


def _name(chart: Manifest) -> str:
    ref = Ref.of(chart)
    return f"{ref.namespace}/{ref.name}"
