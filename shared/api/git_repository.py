"""GitRepository: a branch, tag or commit of a Git repository, offered as an artifact."""

from __future__ import annotations

from datetime import timedelta
from typing import ClassVar, Literal

from pydantic import ConfigDict, Field

from shared.api.artifact import Artifact
from shared.api.field import Flag, Int64, Interval, Several, ShortInterval, Text, filled_in, rules
from shared.api.meta import ApiModel, Condition, ObjectMeta
from shared.api.naming import AGE, READY, STATUS, Column, Naming
from shared.api.reference import LocalReference


class GitRef(ApiModel):
    """What of the repository is wanted. Commit beats name, name beats tag, tag beats semver, semver
    beats branch."""

    branch: Text = ""
    """The branch; `master` where nothing else is given."""

    tag: Text = ""
    """The tag."""

    semver: Text = ""
    """A range of versions, such as `>=1.2.0 <2.0.0`: the highest tag within it."""

    name: Text = ""
    """The full name of a reference, such as `refs/heads/main`, `refs/tags/v0.1.0` or
    `refs/pull/420/head`."""

    commit: Text = ""
    """The SHA of a commit. With a branch beside it, the commit is expected on that branch, and
    no more than the branch has to be fetched."""


class GitVerification(ApiModel):
    """Which signatures the repository has to carry."""

    mode: Literal["head", "HEAD", "Tag", "TagAndHEAD"] = Field(
        "HEAD", json_schema_extra=filled_in("HEAD")
    )
    """What has to be signed: the commit (HEAD; `head` is the old spelling of the same), the tag
    that led to it (Tag), or both (TagAndHEAD)."""

    secret_ref: LocalReference
    """A Secret with the public keys of those who are trusted: OpenPGP keys under names that end in
    `.asc`, SSH keys under names that end in `.sshpub`."""


class GitInclude(ApiModel):
    """Another GitRepository of the same namespace whose content is copied into this one's."""

    repository: LocalReference
    """The GitRepository to copy from."""

    from_path: Text = ""
    """The directory to copy, in the other artifact; by default all of it."""

    to_path: Text = ""
    """The directory to copy to, in this artifact; by default the name of the other repository."""


class GitRepositorySpec(ApiModel):
    """Which repository to look at, how often, and what of it to offer."""

    model_config = ConfigDict(
        json_schema_extra=rules(
            {
                "!has(self.serviceAccountName) || (has(self.provider) && "
                "(self.provider == 'azure' || self.provider == 'aws'))": "serviceAccountName can "
                "only be set when provider is 'azure' or 'aws'"
            }
        )
    )

    url: str = Field(json_schema_extra={"pattern": "^(http|https|ssh)://.*$"})
    """The address of the repository, over HTTP, HTTPS or SSH."""

    secret_ref: LocalReference | None = None
    """A Secret with what it takes to sign in: `username` and `password`, or `bearerToken`, for
    HTTPS; `identity` and `known_hosts` for SSH; `ca.crt` for a certificate authority of one's
    own."""

    provider: Literal["generic", "aws", "azure", "github"] = "generic"
    """Who vouches for us: `generic` (the Secret alone), `aws` or `azure` (the workload identity of
    the controller), or `github` (a GitHub App). By default generic."""

    service_account_name: Text = ""
    """The service account whose workload identity is used. Only for the providers azure and
    aws."""

    interval: Interval
    """How often the repository is looked at. A few percent more or less, so that not all
    repositories are looked at together."""

    timeout: ShortInterval = Field(timedelta(seconds=60), json_schema_extra=filled_in("60s"))
    """How long one look at the repository may take, fetching included. By default 60s."""

    ref: GitRef | None = None
    """What of the repository is wanted. By default the branch `master`."""

    verify: GitVerification | None = None
    """Which signatures are asked for. By default none."""

    proxy_secret_ref: LocalReference | None = None
    """A Secret with the proxy to go through: `address`, and `username` and `password` if it asks
    for them."""

    ignore: str | None = None
    """What to leave out of the artifact, in the syntax of `.gitignore`. Comes after the
    `.sourceignore` files of the repository, and replaces the built-in list."""

    suspend: Flag = False
    """Whether to stop looking at the repository. What was stored stays on offer."""

    recurse_submodules: Flag = False
    """Whether the submodules of the repository are fetched too, signed in as for itself."""

    include: Several[GitInclude] = ()
    """Other GitRepositories whose content is copied into this artifact."""

    sparse_checkout: Several[str] = ()
    """The directories to take; by default all. One that does not exist is an error."""


class GitRepositoryStatus(ApiModel):
    """What was found in the repository, and what is on offer."""

    observed_generation: Int64 = -1
    """The generation of the object that was last brought to an end."""

    conditions: Several[Condition] = ()
    """What was last said about the repository."""

    artifact: Artifact | None = None
    """What is on offer now: the last revision that was stored without an error."""

    included_artifacts: Several[Artifact] = ()
    """The artifacts that were copied in, in the order of spec.include."""

    observed_ignore: str | None = None
    """The ignore rules that the artifact was packed with."""

    observed_recurse_submodules: Flag = False
    """Whether the artifact has submodules in it."""

    observed_include: Several[GitInclude] = ()
    """The includes that the artifact was packed with."""

    observed_sparse_checkout: Several[str] = ()
    """The directories that the artifact was packed from."""

    source_verification_mode: Text = ""
    """What was verified the last time."""

    last_handled_reconcile_at: Text = ""
    """The last `reconcile.fluxcd.io/requestedAt` that was acted on."""


class GitRepository(ApiModel):
    """A Git repository that is looked at again and again, and offered as an artifact."""

    naming: ClassVar[Naming] = Naming(
        group="source.toolkit.fluxcd.io",
        version="v1",
        kind="GitRepository",
        plural="gitrepositories",
        short_names=("gitrepo",),
        categories=("all", "fluxcd", "fluxcd-sources"),
        columns=(Column("URL", ".spec.url"), AGE, READY, STATUS),
    )

    metadata: ObjectMeta
    """Name, namespace, generation."""

    spec: GitRepositorySpec
    """What is wanted."""

    status: GitRepositoryStatus = Field(
        default_factory=GitRepositoryStatus,
        json_schema_extra=filled_in({"observedGeneration": -1}),
    )
    """What is."""
