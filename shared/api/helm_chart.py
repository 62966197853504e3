"""HelmChart: one version of a chart, from a Helm repository or out of another source, offered as an
artifact."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import ConfigDict, Field

from shared.api.artifact import Artifact
from shared.api.field import Flag, Int64, Interval, Several, Text, filled_in, rules
from shared.api.meta import ApiModel, Condition, ObjectMeta
from shared.api.naming import AGE, READY, STATUS, Column, Naming
from shared.api.reference import LocalReference


class ChartSource(ApiModel):
    """The source of the same namespace that a chart comes from."""

    api_version: Text = ""
    """The API version of the source."""

    kind: Literal["HelmRepository", "GitRepository", "Bucket"]
    """The kind of the source."""

    name: str
    """The name of the source."""


class SignerIdentity(ApiModel):
    """Who may have signed without a key: both expressions have to match the certificate."""

    issuer: str
    """A regular expression for the OIDC issuer."""

    subject: str
    """A regular expression for the subject."""


class ChartVerification(ApiModel):
    """Whose signature a chart in a registry has to carry."""

    provider: Literal["cosign", "notation"] = Field(
        json_schema_extra=filled_in("cosign"),
    )
    """The tool that the chart was signed with. By default cosign."""

    secret_ref: LocalReference | None = None
    """A Secret with the public keys of those who are trusted. Without one, signatures are those of
    identities instead of keys."""

    match_oidc_identity: Several[SignerIdentity] = Field((), alias="matchOIDCIdentity")
    """The identities that are trusted; one of them is enough."""


class HelmChartSpec(ApiModel):
    """Which chart is wanted, in which version, with which values as its defaults."""

    model_config = ConfigDict(
        json_schema_extra=rules(
            {
                "!has(self.verify) || self.sourceRef.kind == 'HelmRepository'": "spec.verify is "
                "only supported when spec.sourceRef.kind is 'HelmRepository'"
            }
        )
    )

    chart: str
    """The name of the chart in a HelmRepository; in other sources the path of its directory, or of
    a packaged chart."""

    version: str = Field("*", json_schema_extra=filled_in("*"))
    """The version that is wanted, or a range of them. Other sources than a HelmRepository have one
    version only, and ignore this. By default the newest."""

    source_ref: ChartSource
    """Where the chart is found."""

    interval: Interval
    """How often the source is looked at. A few percent more or less."""

    reconcile_strategy: Literal["ChartVersion", "Revision"] = Field(
        "ChartVersion", json_schema_extra=filled_in("ChartVersion")
    )
    """When there is a new artifact: when the version of the chart changes (ChartVersion), or with
    every revision of the source (Revision)."""

    values_files: Several[str] = ()
    """The files whose values become the defaults of the chart, a later one over an earlier one, in
    place of its `values.yaml`. They are relative to the root of the source, or to the chart where
    it comes from a HelmRepository."""

    ignore_missing_values_files: Flag = False
    """Whether values files that do not exist are left out instead of being an error."""

    suspend: Flag = False
    """Whether to stop looking at the source. What was stored stays on offer."""

    verify: ChartVerification | None = None
    """Whose signature is asked for. Only for charts in a registry; dependencies that are fetched
    are not verified."""


class HelmChartStatus(ApiModel):
    """Which chart was found, and what is on offer."""

    observed_generation: Int64 = -1
    """The generation of the object that was last brought to an end."""

    observed_source_artifact_revision: Text = ""
    """The revision of the source that the artifact was made from."""

    observed_chart_name: Text = ""
    """The name of the chart that the artifact is."""

    observed_values_files: Several[str] = ()
    """The values files that the artifact was made with, those that were missing left out."""

    conditions: Several[Condition] = ()
    """What was last said about the chart."""

    url: Text = ""
    """Where the newest artifact can be downloaded from, whichever it is."""

    artifact: Artifact | None = None
    """What is on offer now: the last chart that was stored without an error."""

    last_handled_reconcile_at: Text = ""
    """The last `reconcile.fluxcd.io/requestedAt` that was acted on."""


class HelmChart(ApiModel):
    """A Helm chart that is looked for again and again, and offered as an artifact."""

    naming: ClassVar[Naming] = Naming(
        group="source.toolkit.fluxcd.io",
        version="v1",
        kind="HelmChart",
        plural="helmcharts",
        short_names=("hc",),
        categories=("all", "fluxcd", "fluxcd-sources"),
        columns=(
            Column("Chart", ".spec.chart"),
            Column("Version", ".spec.version"),
            Column("Source Kind", ".spec.sourceRef.kind"),
            Column("Source Name", ".spec.sourceRef.name"),
            AGE,
            READY,
            STATUS,
        ),
    )

    metadata: ObjectMeta
    """Name, namespace, generation."""

    spec: HelmChartSpec
    """What is wanted."""

    status: HelmChartStatus = Field(
        default_factory=HelmChartStatus,
        json_schema_extra=filled_in({"observedGeneration": -1}),
    )
    """What is."""
