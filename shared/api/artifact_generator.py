"""ArtifactGenerator: artifacts that are composed of the files of others, or cut out of them."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import ConfigDict, Field

from shared.api.field import Several, Text, TextMap, is_empty, rules
from shared.api.meta import ApiModel, Condition, ObjectMeta
from shared.api.naming import AGE, READY, STATUS, Naming

GROUP = "source.extensions.fluxcd.io"
_NAME = "[a-z0-9]([a-z0-9_-]*[a-z0-9])?"
_LABEL = "[a-z0-9]([-a-z0-9]*[a-z0-9])?"
_PLACE = rf"^@({_NAME})/(.*)$"

Alias = Annotated[
    str, Field(max_length=64, exclude_if=is_empty, json_schema_extra={"pattern": f"^@({_NAME})$"})
]
"""A source by its alias: `@repo`."""


class CommonMetadata(ApiModel):
    """Labels and annotations that all artifacts of a generator get."""

    annotations: TextMap = Field(default_factory=dict)
    """Annotations of every artifact."""

    labels: TextMap = Field(default_factory=dict)
    """Labels of every artifact."""


class GeneratorSource(ApiModel):
    """A source whose files can be copied."""

    alias: str = Field(max_length=63, json_schema_extra={"pattern": f"^{_NAME}$"})
    """What the source is called within the generator. No two have the same."""

    kind: Literal["Bucket", "GitRepository", "OCIRepository", "HelmChart", "ExternalArtifact"]
    """The kind of the source."""

    name: str = Field(
        max_length=253, json_schema_extra={"pattern": "^[a-z0-9]([a-z0-9-]*[a-z0-9])?$"}
    )
    """The name of the source."""

    namespace: Text = Field(
        "",
        json_schema_extra={
            "minLength": 1,
            "maxLength": 63,
            "pattern": "^[a-z0-9]([-a-z0-9]*[a-z0-9])?$",
        },
    )
    """The namespace of the source; by default that of the generator."""


class Copy(ApiModel):
    """One copy of files from a source to an artifact, as `cp -r` would make it."""

    from_: str = Field(
        alias="from",
        min_length=1,
        max_length=1024,
        json_schema_extra={"pattern": _PLACE},
    )
    """What is copied: `@<alias>/<path or pattern>`. With a pathPattern, `{name}` stands for what
    was found at its place there."""

    to: str = Field(
        min_length=1, max_length=1024, json_schema_extra={"pattern": r"^@(artifact)/(.*)$"}
    )
    """Where it is copied to: `@artifact/<path>`; a path that ends in `/` is a directory. With a
    pathPattern, `{name}` stands for what was found at its place there."""

    exclude: Several[str] = Field((), max_length=100)
    """Patterns of files and directories that are left out, from the root of the source or from the
    first directory of `from` that has no pattern in it. One without `/` fits names at any depth."""

    strategy: (
        Annotated[Literal["Overwrite", "Merge", "Extract"], Field(exclude_if=is_empty)] | None
    ) = None
    """What becomes of a file that is there already: it is replaced (Overwrite, the default), or
    merged with as Helm merges values (Merge). Extract copies what is in `.tar.gz` and `.tgz` files
    instead of the files."""


class OutputArtifact(ApiModel):
    """An ExternalArtifact that is generated."""

    name: str = Field(min_length=1, max_length=253)
    """The name of the ExternalArtifact. With a pathPattern, `{name}` stands for what was found at
    its place there."""

    revision: Alias = ""
    """The source whose revision the artifact has, as `@<alias>`; by default the revision is made of
    the content."""

    origin_revision: Alias = ""
    """The source whose origin, such as a commit, is noted on the artifact, as `@<alias>`."""

    # Pydantic's own models have a method of this name.
    copies: tuple[Copy, ...] = Field(alias="copy", min_length=1)
    """What is copied, one after the other: later copies win."""


class ArtifactGeneratorSpec(ApiModel):
    """From which sources which artifacts are made."""

    model_config = ConfigDict(
        json_schema_extra=rules(
            {
                "has(self.pathPattern) && size(self.pathPattern) > 0 || "
                f"self.artifacts.all(a, a.name.matches('^{_LABEL}(\\\\.{_LABEL})*$'))": "artifact "
                "names must be valid Kubernetes object names when pathPattern is not set"
            }
        )
    )

    common_metadata: CommonMetadata | None = None
    """Labels and annotations of all artifacts."""

    sources: tuple[GeneratorSource, ...] = Field(min_length=1, max_length=1000)
    """The sources whose files can be copied."""

    path_pattern: Text = Field("", max_length=1024, json_schema_extra={"pattern": _PLACE})
    """A pattern of directories in a source, `@<alias>/apps/{app}`: the artifacts are generated once
    for each directory that fits."""

    artifacts: tuple[OutputArtifact, ...] = Field(min_length=1, max_length=1000)
    """The artifacts that are generated."""


class GeneratedArtifact(ApiModel):
    """An ExternalArtifact that was generated, and the file that it offers."""

    digest: str
    """The digest of the file."""

    filename: str
    """The name of the file: it is made of the content."""

    name: str
    """The name of the ExternalArtifact."""

    namespace: str
    """The namespace of the ExternalArtifact."""


class ArtifactGeneratorStatus(ApiModel):
    """What was generated."""

    conditions: Several[Condition] = ()
    """What was last said about the generator."""

    inventory: Several[GeneratedArtifact] = ()
    """The artifacts that were generated."""

    last_handled_reconcile_at: Text = ""
    """The last `reconcile.fluxcd.io/requestedAt` that was acted on."""

    observed_sources_digest: Text = ""
    """What the sources offered, as one digest."""


class ArtifactGenerator(ApiModel):
    """Composes artifacts of the files of sources, and cuts artifacts out of them."""

    naming: ClassVar[Naming] = Naming(
        group=GROUP,
        version="v1beta1",
        kind="ArtifactGenerator",
        plural="artifactgenerators",
        short_names=("ag",),
        categories=("all", "fluxcd", "fluxcd-sources"),
        columns=(AGE, READY, STATUS),
    )

    metadata: ObjectMeta
    """Name, namespace, generation."""

    spec: ArtifactGeneratorSpec
    """What is wanted."""

    status: ArtifactGeneratorStatus = Field(default_factory=ArtifactGeneratorStatus)
    """What is."""
