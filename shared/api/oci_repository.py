"""OCIRepository: an artifact of a registry, offered as an artifact to those who build from it."""

from __future__ import annotations

from datetime import timedelta
from typing import ClassVar, Literal

from pydantic import Field

from shared.api.artifact import Artifact
from shared.api.field import Flag, Int64, Interval, Several, ShortInterval, Text, filled_in
from shared.api.helm_chart import SignerIdentity
from shared.api.meta import ApiModel, Condition, ObjectMeta
from shared.api.naming import AGE, READY, STATUS, Column, Naming
from shared.api.reference import LocalReference


class OciRef(ApiModel):
    """What of the repository is wanted. Digest beats semver, semver beats tag."""

    tag: Text = ""
    """The tag; `latest` where nothing else is given."""

    semver: Text = ""
    """A range of versions, such as `>=1.2.0 <2.0.0`: the highest tag within it."""

    semver_filter: Text = ""
    """A regular expression that a tag has to match to be looked at for the range of versions."""

    digest: Text = ""
    """The digest of a manifest, as `sha256:<hexadecimal>`."""


class LayerSelector(ApiModel):
    """Which layer of the artifact is taken, and what is done with it."""

    media_type: Text = ""
    """The media type of the layer; the first one of it is taken. By default the first of all."""

    operation: Literal["extract", "copy"] | None = None
    """Whether the layer is unpacked and packed anew, without what is ignored (extract, the
    default), or stored as it is (copy)."""


class OciVerification(ApiModel):
    """Whose signature the artifact has to carry."""

    provider: Literal["cosign", "notation"] = Field(
        json_schema_extra=filled_in("cosign"),
    )
    """The tool that the artifact was signed with. By default cosign."""

    secret_ref: LocalReference | None = None
    """A Secret with the public keys of those who are trusted: for cosign under names that end in
    `.pub`; for notation `trustpolicy.json`, and certificates under names that end in `.crt` or
    `.pem`. Without one, signatures are those of identities instead of keys."""

    match_oidc_identity: Several[SignerIdentity] = Field((), alias="matchOIDCIdentity")
    """The identities that are trusted to sign without a key; one of them is enough."""

    trusted_root_secret_ref: LocalReference | None = None
    """A Secret with a Sigstore `trusted_root.json`, for a Sigstore of one's own."""


class OciRepositorySpec(ApiModel):
    """Which repository to look at, how often, and what of it to offer."""

    url: str = Field(json_schema_extra={"pattern": "^oci://.*$"})
    """The repository in its registry, as `oci://<registry>/<repository>`, without a tag."""

    ref: OciRef | None = None
    """What of the repository is wanted. By default the tag `latest`."""

    layer_selector: LayerSelector | None = None
    """Which layer is taken. By default the first one, unpacked."""

    provider: Literal["generic", "aws", "azure", "gcp"] = Field(
        "generic", json_schema_extra=filled_in("generic")
    )
    """Who vouches for us: `generic` (Secrets alone), or the cloud whose workload identity the
    controller or the service account has. By default generic."""

    secret_ref: LocalReference | None = None
    """A Secret of the type `kubernetes.io/dockerconfigjson`."""

    verify: OciVerification | None = None
    """Whose signature is asked for. By default none."""

    service_account_name: Text = ""
    """The service account whose image pull secrets are used; with a cloud as the provider, the one
    whose workload identity is used."""

    cert_secret_ref: LocalReference | None = None
    """A Secret with a certificate of one's own (`tls.crt` and `tls.key`), with the certificate
    authority of the registry (`ca.crt`), or with both."""

    proxy_secret_ref: LocalReference | None = None
    """A Secret with the proxy to go through: `address`, and `username` and `password` if it asks
    for them."""

    interval: Interval
    """How often the repository is looked at. A few percent more or less, so that not all
    repositories are looked at together."""

    timeout: ShortInterval = Field(timedelta(seconds=60), json_schema_extra=filled_in("60s"))
    """How long one look at the repository may take, pulling included. By default 60s."""

    ignore: str | None = None
    """What to leave out of the artifact, in the syntax of `.gitignore`. Comes after the
    `.sourceignore` files of the layer, and replaces the built-in list."""

    insecure: Flag = False
    """Whether the registry may be spoken to without TLS."""

    suspend: Flag = False
    """Whether to stop looking at the repository. What was stored stays on offer."""


class OciRepositoryStatus(ApiModel):
    """What was found in the repository, and what is on offer."""

    observed_generation: Int64 = -1
    """The generation of the object that was last brought to an end."""

    conditions: Several[Condition] = ()
    """What was last said about the repository."""

    url: Text = ""
    """Where the newest artifact can be downloaded from, whichever it is."""

    artifact: Artifact | None = None
    """What is on offer now: the last revision that was stored without an error."""

    observed_ignore: str | None = None
    """The ignore rules that the artifact was packed with."""

    observed_layer_selector: LayerSelector | None = None
    """The layer selector that the artifact was made with."""

    last_handled_reconcile_at: Text = ""
    """The last `reconcile.fluxcd.io/requestedAt` that was acted on."""


class OciRepository(ApiModel):
    """A repository of a registry that is looked at again and again, and offered as an artifact."""

    naming: ClassVar[Naming] = Naming(
        group="source.toolkit.fluxcd.io",
        version="v1",
        kind="OCIRepository",
        plural="ocirepositories",
        short_names=("ocirepo",),
        categories=("all", "fluxcd", "fluxcd-sources"),
        columns=(Column("URL", ".spec.url"), READY, STATUS, AGE),
    )

    metadata: ObjectMeta
    """Name, namespace, generation."""

    spec: OciRepositorySpec
    """What is wanted."""

    status: OciRepositoryStatus = Field(
        default_factory=OciRepositoryStatus,
        json_schema_extra=filled_in({"observedGeneration": -1}),
    )
    """What is."""
