"""HelmRelease: a chart with values, installed on a cluster and kept up to date."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import ConfigDict, Field, JsonValue, WithJsonSchema

from shared.api.adjustment import CommonMetadata, IgnoreRule, Image, Patch
from shared.api.field import (
    Duration,
    Flag,
    Int64,
    Interval,
    Several,
    Text,
    TextMap,
    filled_in,
    is_empty,
    rules,
)
from shared.api.health import HealthExpressions
from shared.api.helm_action import Install, Number, Rollback, Switch, Test, Uninstall, Upgrade
from shared.api.helm_snapshot import ReleaseSnapshot
from shared.api.inventory import Inventory
from shared.api.meta import ApiModel, Condition, ObjectMeta
from shared.api.naming import AGE, READY, STATUS, Naming
from shared.api.reference import DependencyReference, KubeConfigReference, LocalReference

Count = Annotated[Int64, Field(exclude_if=is_empty)]
"""How often something happened; never is the same as nothing."""

Values = Annotated[
    dict[str, JsonValue], WithJsonSchema({"x-kubernetes-preserve-unknown-fields": True})
]
"""Values for a chart: anything that YAML can say."""


class ChartMetadata(ApiModel):
    """Labels and annotations for the generated HelmChart."""

    labels: TextMap = Field(default_factory=dict)
    """The labels."""

    annotations: TextMap = Field(default_factory=dict)
    """The annotations."""


class ChartSourceReference(ApiModel):
    """The source of a chart."""

    api_version: Text = ""
    """The API version of the source."""

    kind: Literal["HelmRepository", "GitRepository", "Bucket"]
    """The kind of the source."""

    name: str = Field(min_length=1, max_length=253)
    """The name of the source."""

    namespace: Text = Field("", min_length=1, max_length=63)
    """The namespace of the source, where the HelmChart is made too; by default that of the
    HelmRelease."""


class TemplateVerification(ApiModel):
    """Whose signature a chart in a registry has to carry."""

    provider: Literal["cosign", "notation"] = Field(json_schema_extra=filled_in("cosign"))
    """The tool that the chart was signed with. By default cosign."""

    secret_ref: LocalReference | None = None
    """A Secret with the public keys of those who are trusted."""


class ChartTemplateSpec(ApiModel):
    """Which chart is wanted, in which version."""

    chart: str = Field(min_length=1, max_length=2048)
    """The name of the chart in a HelmRepository; in other sources the path of its directory, or of
    a packaged chart."""

    version: str = Field("*", json_schema_extra=filled_in("*"))
    """The version that is wanted, or a range of them. By default the newest."""

    source_ref: ChartSourceReference
    """Where the chart is found."""

    interval: Interval | None = None
    """How often the source is looked at. By default as often as the release."""

    reconcile_strategy: Literal["ChartVersion", "Revision"] = Field(
        "ChartVersion", json_schema_extra=filled_in("ChartVersion")
    )
    """When there is a new artifact: when the version of the chart changes (ChartVersion), or with
    every revision of the source (Revision)."""

    values_files: Several[str] = ()
    """The files whose values become the defaults of the chart, a later one over an earlier one."""

    ignore_missing_values_files: Flag = False
    """Whether values files that do not exist are left out instead of being an error."""

    verify: TemplateVerification | None = None
    """Whose signature is asked for."""


class ChartTemplate(ApiModel):
    """The HelmChart that is made for the release."""

    metadata: ChartMetadata | None = None
    """Its labels and annotations."""

    spec: ChartTemplateSpec
    """Which chart it offers."""


class ChartReference(ApiModel):
    """A source whose artifact is a chart."""

    api_version: Text = ""
    """The API version of the source."""

    kind: Literal["OCIRepository", "HelmChart", "ExternalArtifact"]
    """The kind of the source."""

    name: str = Field(min_length=1, max_length=253)
    """The name of the source."""

    namespace: Text = Field("", min_length=1, max_length=63)
    """The namespace of the source; by default that of the HelmRelease."""


class ValuesReference(ApiModel):
    """A ConfigMap or Secret of the same namespace that holds values."""

    kind: Literal["Secret", "ConfigMap"]
    """What holds the values."""

    name: str = Field(min_length=1, max_length=253)
    """The name of the ConfigMap or Secret."""

    values_key: Text = Field(
        "", max_length=253, json_schema_extra={"pattern": r"^[\-._a-zA-Z0-9]+$"}
    )
    """The key in it; by default values.yaml."""

    target_path: Text = Field(
        "",
        max_length=250,
        json_schema_extra={"pattern": r"^([a-zA-Z0-9_\-.\\\/]|\[[0-9]{1,5}\])+$"},
    )
    """Where the text under the key is put, as for `helm --set`: `image.tag`, `hosts[0].name`. By
    default it is YAML that is merged as a whole."""

    literal: Flag = False
    """Whether the text is put at targetPath as it is, whatever it looks like."""

    optional: Flag = False
    """Whether the object, or the key in it, may be missing."""


class DriftDetection(ApiModel):
    """Whether changes by others to the objects of the release are noticed."""

    mode: Literal["enabled", "warn", "disabled"] | None = None
    """What is done about them: enabled (they are put right), warn (they are told), or disabled. By
    default disabled."""

    ignore: Several[IgnoreRule] = ()
    """Fields whose changes do not count."""


class KustomizeRenderer(ApiModel):
    """Changes to the rendered manifests, as kustomize makes them."""

    patches: Several[Patch] = ()
    """Pieces of objects to merge in, or JSON 6902 operations."""

    images: Several[Image] = ()
    """Other names, tags or digests for container images."""


class PostRenderer(ApiModel):
    """One step of changes to the rendered manifests."""

    kustomize: KustomizeRenderer | None = None
    """What kustomize changes."""


class WaitStrategy(ApiModel):
    """How it is told whether objects are ready."""

    name: Literal["poller", "legacy"]
    """poller (as Kubernetes' own conventions say, for any kind) or legacy (as Helm 3 did it, for
    the kinds it knew)."""


class HelmReleaseSpec(ApiModel):
    """Which chart to release, with which values, where, and how."""

    model_config = ConfigDict(
        json_schema_extra=rules(
            {
                "(has(self.chart) && !has(self.chartRef)) || "
                "(!has(self.chart) && has(self.chartRef))": "either chart or chartRef must be set"
            }
        )
    )

    chart: ChartTemplate | None = None
    """A HelmChart to be made for this release. Cannot be combined with chartRef."""

    chart_ref: ChartReference | None = None
    """A source whose artifact is the chart. Cannot be combined with chart."""

    interval: Interval
    """How often it is made sure that all is as it should be. A few percent more or less."""

    kube_config: KubeConfigReference | None = None
    """The cluster to release to; by default the one that the controller runs in."""

    suspend: Flag = False
    """Whether to stop. What was released stays, even when the HelmRelease is deleted."""

    release_name: Text = Field("", min_length=1, max_length=53)
    """The name of Helm's release; by default the name of the HelmRelease, after that of
    targetNamespace where there is one."""

    target_namespace: Text = Field("", min_length=1, max_length=63)
    """The namespace to release to; by default that of the HelmRelease."""

    storage_namespace: Text = Field("", min_length=1, max_length=63)
    """The namespace of Helm's records; by default that of the HelmRelease."""

    depends_on: Several[DependencyReference] = ()
    """The HelmReleases that have to be ready before this one is released."""

    timeout: Interval | None = None
    """How long each step of an action may take. By default 5 minutes."""

    max_history: Number | None = None
    """How many revisions Helm's records hold; 0: all. By default 5."""

    service_account_name: Text = Field("", min_length=1, max_length=253)
    """The service account of the same namespace in whose name everything is done. By default the
    controller's own rights are used."""

    persistent_client: Switch | None = None
    """Whether what the cluster serves is asked for once in an action, and not after each step. By
    default true."""

    drift_detection: DriftDetection | None = None
    """Whether changes by others to the objects of the release are noticed."""

    install: Install | None = None
    """How it is installed."""

    upgrade: Upgrade | None = None
    """How it is upgraded."""

    test: Test | None = None
    """How its tests are run."""

    rollback: Rollback | None = None
    """How it is rolled back."""

    uninstall: Uninstall | None = None
    """How it is uninstalled."""

    values_from: Several[ValuesReference] = ()
    """ConfigMaps and Secrets with values, a later one over an earlier one."""

    values: Values | None = None
    """Values. They beat those of valuesFrom."""

    common_metadata: CommonMetadata | None = None
    """Labels and annotations for every object."""

    post_renderers: Several[PostRenderer] = ()
    """Changes to the rendered manifests, one step after the other."""

    post_render_strategy: Literal["nohooks", "combined", "separate"] | None = None
    """Whether hooks are changed too: combined (together with the rest), separate (by themselves),
    or nohooks. By default combined."""

    wait_strategy: WaitStrategy | None = None
    """How it is told whether objects are ready. By default poller."""

    health_check_exprs: Several[HealthExpressions] = ()
    """How to tell the health of kinds that do not follow the conventions of Kubernetes."""


class HelmReleaseStatus(ApiModel):
    """What was released, and how it is doing."""

    observed_generation: Int64 = -1
    """The generation of the object that was last brought to an end."""

    observed_post_renderers_digest: Text = ""
    """The checksum of the postRenderers that the last action heeded."""

    observed_common_metadata_digest: Text = ""
    """The checksum of the commonMetadata that the last action heeded."""

    last_attempted_generation: Count = 0
    """The generation that was last worked on. Failures are counted anew with another one."""

    conditions: Several[Condition] = ()
    """What was last said about the release."""

    helm_chart: Text = ""
    """The HelmChart that was made for the release, as `namespace/name`."""

    storage_namespace: Text = Field("", json_schema_extra={"minLength": 1, "maxLength": 63})
    """Where the records of the release are."""

    history: Several[ReleaseSnapshot] = ()
    """The releases that were made, the latest first, as far back as a rollback may go."""

    inventory: Inventory | None = None
    """The objects of the release."""

    last_attempted_release_action: Literal["", "install", "upgrade"] = Field(
        "", exclude_if=is_empty, json_schema_extra={"enum": ["install", "upgrade"]}
    )
    """The last action that made a release: it says which remediation counts."""

    last_attempted_release_action_duration: Duration | None = None
    """How long that took."""

    failures: Count = 0
    """How many actions in a row have failed."""

    install_failures: Count = 0
    """How many installations of them."""

    upgrade_failures: Count = 0
    """How many upgrades of them."""

    last_attempted_revision: Text = ""
    """The version of the chart that was last worked on."""

    last_attempted_revision_digest: Text = ""
    """The digest of the artifact in a registry that it came from."""

    last_attempted_values_checksum: Text = ""
    """Not written any more; see lastAttemptedConfigDigest."""

    last_release_revision: Number = Field(0, exclude_if=is_empty)
    """Not written any more; see history."""

    last_attempted_config_digest: Text = ""
    """The checksum of the values that were last worked on."""

    last_handled_reconcile_at: Text = ""
    """The last `reconcile.fluxcd.io/requestedAt` that was acted on."""

    last_handled_force_at: Text = ""
    """The last `reconcile.fluxcd.io/forceAt` that was seen."""

    last_handled_reset_at: Text = ""
    """The last `reconcile.fluxcd.io/resetAt` that was seen."""


class HelmRelease(ApiModel):
    """A chart with values that is installed, and kept as the HelmRelease says."""

    naming: ClassVar[Naming] = Naming(
        group="helm.toolkit.fluxcd.io",
        version="v2",
        kind="HelmRelease",
        plural="helmreleases",
        short_names=("hr",),
        categories=("all", "fluxcd", "fluxcd-appliers"),
        columns=(AGE, READY, STATUS),
    )

    metadata: ObjectMeta
    """Name, namespace, generation."""

    spec: HelmReleaseSpec
    """What is wanted."""

    status: HelmReleaseStatus = Field(
        default_factory=HelmReleaseStatus,
        json_schema_extra=filled_in({"observedGeneration": -1}),
    )
    """What is."""
