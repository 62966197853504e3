"""Kustomization: a directory of a source, built and kept on a cluster."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import Field, Strict

from shared.api.adjustment import CommonMetadata, Decryption, IgnoreRule, Image, Patch, PostBuild
from shared.api.field import Flag, Int64, Interval, Several, Text, filled_in
from shared.api.health import HealthExpressions
from shared.api.inventory import Inventory, Snapshot
from shared.api.meta import ApiModel, Condition, ObjectMeta
from shared.api.naming import AGE, READY, STATUS, Naming
from shared.api.reference import (
    DependencyReference,
    KubeConfigReference,
    ObjectReference,
    SourceReference,
)

BuildMetadata = Annotated[
    Literal["originAnnotations", "transformerAnnotations"],
    Field(description="Which annotations: of the origin, or of the transformers."),
]
"""What kustomize writes about the build into what it builds."""


class KustomizationSpec(ApiModel):
    """What to build, how to change it, where to apply it, and when that counts as done."""

    common_metadata: CommonMetadata | None = None
    """Labels and annotations for every object."""

    depends_on: Several[DependencyReference] = ()
    """The Kustomizations that have to be ready before this one is applied."""

    decryption: Decryption | None = None
    """How encrypted Secrets and files are read."""

    interval: Interval
    """How often all of it is gone through anew, even if nothing is known to have changed. A few
    percent more or less, so that not all are gone through together."""

    retry_interval: Interval | None = None
    """How long to wait after a failure. By default as long as interval."""

    kube_config: KubeConfigReference | None = None
    """The cluster to apply to; by default the one that the controller runs in."""

    path: Text = ""
    """The directory to build, from the root of the source: one with a kustomization.yaml, or with
    plain manifests. By default the root."""

    post_build: PostBuild | None = None
    """Variables that are filled in after the build."""

    prune: Annotated[bool, Strict()]
    """Whether objects that are no longer built are deleted."""

    deletion_policy: Literal["MirrorPrune", "Delete", "WaitForTermination", "Orphan"] = (
        "MirrorPrune"
    )
    """What becomes of the objects when the Kustomization is deleted: Delete, WaitForTermination
    (delete, and wait until they are gone), Orphan (leave them), or MirrorPrune (delete if prune is
    on). By default MirrorPrune."""

    health_checks: Several[ObjectReference] = ()
    """The objects that have to be healthy before the Kustomization is ready."""

    health_check_exprs: Several[HealthExpressions] = ()
    """How to tell the health of kinds that do not follow the conventions of Kubernetes. Counts
    only together with wait or healthChecks."""

    wait: Flag = False
    """Whether every applied object has to be healthy before the Kustomization is ready. Then
    healthChecks do not count."""

    name_prefix: Text = Field("", min_length=1, max_length=200)
    """What to put before every name."""

    name_suffix: Text = Field("", min_length=1, max_length=200)
    """What to put after every name."""

    patches: Several[Patch] = ()
    """Changes to the built objects, after those of the kustomization.yaml."""

    images: Several[Image] = ()
    """Other names, tags or digests for container images."""

    components: Several[str] = ()
    """Directories with kustomize components to add, relative to path."""

    ignore_missing_components: Flag = False
    """Whether components that are not in the source are left out instead of being an error."""

    build_metadata: Several[BuildMetadata] = ()
    """What kustomize writes about the build into what it builds: originAnnotations (where a
    manifest came from) and transformerAnnotations (what changed it)."""

    service_account_name: Text = ""
    """The service account of the same namespace in whose name everything is read and applied. By
    default the controller's own rights are used."""

    source_ref: SourceReference
    """The source whose artifact is built."""

    suspend: Flag = False
    """Whether to stop. What was applied stays; what runs already is not interrupted."""

    target_namespace: Text = Field("", min_length=1, max_length=63)
    """The namespace that every object is put into, whatever its manifest says."""

    timeout: Interval | None = None
    """How long building, applying and waiting for health may take. By default 30 seconds less than
    interval."""

    force: Flag = Field(False, json_schema_extra=filled_in(False))
    """Whether an object is deleted and made anew when a field has changed that cannot be changed in
    place."""

    ignore: Several[IgnoreRule] = ()
    """Fields that are left to others: neither applied nor put right when they differ."""


class KustomizationStatus(ApiModel):
    """What was applied, and how it is doing."""

    observed_generation: Int64 = -1
    """The generation of the object that was last brought to an end."""

    conditions: Several[Condition] = ()
    """What was last said about the Kustomization."""

    last_applied_revision: Text = ""
    """The revision that was last applied to the end, health included."""

    last_applied_origin_revision: Text = ""
    """The revision at the origin of that artifact, where the source names one: for an OCI artifact
    the commit that it was built from."""

    last_attempted_revision: Text = ""
    """The revision that was last worked on, whatever came of it."""

    inventory: Inventory | None = None
    """The objects that are ours on the cluster. What is in here can be pruned."""

    history: Several[Snapshot] = ()
    """The last five different builds and what came of them, the latest first."""

    last_handled_reconcile_at: Text = ""
    """The last `reconcile.fluxcd.io/requestedAt` that was acted on."""


class Kustomization(ApiModel):
    """A directory of a source that is built, applied, and kept as it is in the source."""

    naming: ClassVar[Naming] = Naming(
        group="kustomize.toolkit.fluxcd.io",
        version="v1",
        kind="Kustomization",
        plural="kustomizations",
        short_names=("ks",),
        categories=("all", "fluxcd", "fluxcd-appliers"),
        columns=(AGE, READY, STATUS),
    )

    metadata: ObjectMeta
    """Name, namespace, generation."""

    spec: KustomizationSpec
    """What is wanted."""

    status: KustomizationStatus = Field(
        default_factory=KustomizationStatus,
        json_schema_extra=filled_in({"observedGeneration": -1}),
    )
    """What is."""
