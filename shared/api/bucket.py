"""Bucket: the objects of an object store, offered as an artifact."""

from __future__ import annotations

from datetime import timedelta
from typing import ClassVar, Literal

from pydantic import ConfigDict, Field

from shared.api.artifact import Artifact
from shared.api.field import Flag, Int64, Interval, Several, ShortInterval, Text, filled_in, rules
from shared.api.meta import ApiModel, Condition, ObjectMeta
from shared.api.naming import AGE, READY, STATUS, Column, Naming
from shared.api.reference import LocalReference

Provider = Literal["generic", "aws", "gcp", "azure"]


class BucketSts(ApiModel):
    """The service that gives out credentials for a short time."""

    cert_secret_ref: LocalReference | None = None
    """A Secret with the certificates for the service: `ca.crt`, `tls.crt` and `tls.key`. Only for
    ldap."""

    endpoint: str = Field(json_schema_extra={"pattern": "^(http|https)://.*$"})
    """The URL of the service."""

    provider: Literal["aws", "ldap"]
    """How the service is asked: `aws` (the identity of the workload), or `ldap` (a user and a
    password)."""

    secret_ref: LocalReference | None = None
    """A Secret with `username` and `password` for the service. Only for ldap."""


class BucketSpec(ApiModel):
    """Which bucket to look at, how often, and what of it to offer."""

    model_config = ConfigDict(
        json_schema_extra=rules(
            {
                "self.provider == 'aws' || self.provider == 'generic' || !has(self.sts)": "STS "
                "configuration is only supported for the 'aws' and 'generic' Bucket providers",
                "self.provider != 'aws' || !has(self.sts) || self.sts.provider == 'aws'": "'aws' "
                "is the only supported STS provider for the 'aws' Bucket provider",
                "self.provider != 'generic' || !has(self.sts) || self.sts.provider == 'ldap'": "'l"
                "dap' is the only supported STS provider for the 'generic' Bucket provider",
                "!has(self.sts) || self.sts.provider != 'aws' || !has(self.sts.secretRef)": "spec."
                "sts.secretRef is not required for the 'aws' STS provider",
                "!has(self.sts) || self.sts.provider != 'aws' || !has(self.sts.certSecretRef)": ""
                "spec.sts.certSecretRef is not required for the 'aws' STS provider",
                "self.provider != 'generic' || !has(self.serviceAccountName)": "ServiceAccountName "
                "is not supported for the 'generic' Bucket provider",
                "!has(self.secretRef) || !has(self.serviceAccountName)": "cannot set both "
                ".spec.secretRef and .spec.serviceAccountName",
            }
        )
    )

    bucket_name: str
    """The name of the bucket, or of the container."""

    cert_secret_ref: LocalReference | None = None
    """A Secret with the certificates for the endpoint: `ca.crt`, and `tls.crt` and `tls.key`. Only
    for generic."""

    endpoint: str
    """The host and port of the object store; for azure the URL of the account."""

    ignore: str | None = None
    """What to leave out of the artifact, in the syntax of `.gitignore`. Comes after the
    `.sourceignore` of the bucket. There is no built-in list."""

    insecure: Flag = False
    """Whether to speak plain HTTP."""

    interval: Interval
    """How often the bucket is looked at. A few percent more or less, so that not all buckets are
    looked at together."""

    prefix: Text = ""
    """Only objects whose keys begin like this."""

    provider: Provider = Field("generic", json_schema_extra=filled_in("generic"))
    """How the object store is spoken to: `generic` (whatever speaks S3), `aws`, `gcp` or
    `azure`."""

    proxy_secret_ref: LocalReference | None = None
    """A Secret with the proxy to go through: `address`, and `username` and `password` if it asks
    for them."""

    region: Text = ""
    """The region of the endpoint."""

    secret_ref: LocalReference | None = None
    """A Secret with what it takes to sign in."""

    service_account_name: Text = ""
    """The service account whose workload identity is used. Not for generic."""

    sts: BucketSts | None = None
    """The service that gives out credentials for a short time. Only for aws and generic."""

    suspend: Flag = False
    """Whether to stop looking at the bucket. What was stored stays on offer."""

    timeout: ShortInterval = Field(timedelta(seconds=60), json_schema_extra=filled_in("60s"))
    """How long listing may take, and downloading. By default 60s."""


class BucketStatus(ApiModel):
    """What was found in the bucket, and what is on offer."""

    observed_generation: Int64 = -1
    """The generation of the object that was last brought to an end."""

    conditions: Several[Condition] = ()
    """What was last said about the bucket."""

    url: Text = ""
    """Where whatever is on offer can be downloaded, under a name that lasts."""

    artifact: Artifact | None = None
    """What is on offer now: the last revision that was stored without an error."""

    observed_ignore: str | None = None
    """The ignore rules that the artifact was packed with."""

    last_handled_reconcile_at: Text = ""
    """The last `reconcile.fluxcd.io/requestedAt` that was acted on."""


class Bucket(ApiModel):
    """A bucket that is looked at again and again, and offered as an artifact."""

    naming: ClassVar[Naming] = Naming(
        group="source.toolkit.fluxcd.io",
        version="v1",
        kind="Bucket",
        plural="buckets",
        categories=("all", "fluxcd", "fluxcd-sources"),
        columns=(Column("Endpoint", ".spec.endpoint"), AGE, READY, STATUS),
    )

    metadata: ObjectMeta
    """Name, namespace, generation."""

    spec: BucketSpec
    """What is wanted."""

    status: BucketStatus = Field(
        default_factory=BucketStatus, json_schema_extra=filled_in({"observedGeneration": -1})
    )
    """What is."""
