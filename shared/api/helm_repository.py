"""HelmRepository: the index of a Helm repository, offered as an artifact; or, of type `oci`, no
more than the address of charts in a registry."""

from __future__ import annotations

from datetime import timedelta
from typing import ClassVar, Literal

from pydantic import Field, field_validator

from shared.api.artifact import Artifact
from shared.api.field import Flag, Int64, Interval, Several, ShortInterval, Text, filled_in
from shared.api.meta import ApiModel, Condition, ObjectMeta
from shared.api.naming import AGE, READY, STATUS, Column, Naming
from shared.api.reference import AccessFrom, LocalReference

EVERY = timedelta(minutes=1)
"""How often a repository is looked at that does not say."""


class HelmRepositorySpec(ApiModel):
    """Which repository to look at, how often, and what it is shown."""

    url: str = Field(json_schema_extra={"pattern": "^(http|https|oci)://.*$"})
    """The address of the repository: where its `index.yaml` is, over HTTP or HTTPS; or the path
    that its charts are below, in a registry, as `oci://`."""

    secret_ref: LocalReference | None = None
    """A Secret with what it takes to sign in: `username` and `password`; for a registry also one of
    the type `kubernetes.io/dockerconfigjson`. Certificates in it are from an older time: those of
    certSecretRef come first."""

    cert_secret_ref: LocalReference | None = None
    """A Secret with a certificate of one's own (`tls.crt` and `tls.key`), with the certificate
    authority of the other side (`ca.crt`), or with both."""

    pass_credentials: Flag = False
    """Whether hosts that the index names, and that are not the host of the URL, are shown the
    credentials too. Whoever can write to the index can then have them."""

    interval: Interval = EVERY
    """How often the repository is looked at. By default, and in place of 0s, 1m."""

    insecure: Flag = False
    """Whether a registry may be spoken to without TLS. Only for the type oci."""

    timeout: ShortInterval = timedelta(seconds=60)
    """How long fetching the index may take, or one errand at a registry. By default 60s."""

    suspend: Flag = False
    """Whether to stop looking at the repository. What was stored stays on offer."""

    access_from: AccessFrom | None = None
    """Who else may refer to the repository. It has no effect: only objects of the same namespace
    may."""

    type: Literal["default", "oci"] | None = None
    """Whether the repository has an index (default) or is a place in a registry (oci)."""

    provider: Literal["generic", "aws", "azure", "gcp"] = Field(
        "generic", json_schema_extra=filled_in("generic")
    )
    """Who vouches for us at a registry: `generic` (the Secret alone), or the cloud whose workload
    identity the controller has. Only for the type oci."""

    @field_validator("interval")
    @classmethod
    def _or_by_default(cls, given: timedelta) -> timedelta:
        return given or EVERY

    @property
    def is_registry(self) -> bool:
        """Whether the charts are in a registry, and there is no index to look at."""
        return self.type == "oci"


class HelmRepositoryStatus(ApiModel):
    """What was found in the repository, and what is on offer."""

    observed_generation: Int64 = -1
    """The generation of the object that was last brought to an end."""

    conditions: Several[Condition] = ()
    """What was last said about the repository."""

    url: Text = ""
    """Where the newest index can be downloaded from, whichever it is."""

    artifact: Artifact | None = None
    """What is on offer now: the last index that was stored without an error."""

    last_handled_reconcile_at: Text = ""
    """The last `reconcile.fluxcd.io/requestedAt` that was acted on."""


class HelmRepository(ApiModel):
    """A Helm repository whose index is looked at again and again, and offered as an artifact."""

    naming: ClassVar[Naming] = Naming(
        group="source.toolkit.fluxcd.io",
        version="v1",
        kind="HelmRepository",
        plural="helmrepositories",
        short_names=("helmrepo",),
        categories=("all", "fluxcd", "fluxcd-sources"),
        columns=(Column("URL", ".spec.url"), AGE, READY, STATUS),
    )

    metadata: ObjectMeta
    """Name, namespace, generation."""

    spec: HelmRepositorySpec
    """What is wanted."""

    status: HelmRepositoryStatus = Field(
        default_factory=HelmRepositoryStatus,
        json_schema_extra=filled_in({"observedGeneration": -1}),
    )
    """What is."""
