"""ExternalArtifact: an artifact that somebody else than a source controller offers."""

from __future__ import annotations

from typing import ClassVar

from pydantic import Field

from shared.api.artifact import Artifact
from shared.api.field import Several, Text
from shared.api.meta import ApiModel, Condition, ObjectMeta
from shared.api.naming import AGE, READY, STATUS, Column, Naming


class ProducerReference(ApiModel):
    """The object that an artifact was generated for."""

    api_version: Text = ""
    """The API version of the object; by default the one that the cluster prefers."""

    kind: str
    """The kind of the object."""

    name: str
    """The name of the object."""

    namespace: Text = ""
    """The namespace of the object; by default that of the artifact."""


class ExternalArtifactSpec(ApiModel):
    """Where the artifact comes from, for people and tools that follow it back."""

    source_ref: ProducerReference | None = None
    """The object that the artifact is generated for. Nothing is read from it."""


class ExternalArtifactStatus(ApiModel):
    """What is on offer, as its producer wrote it."""

    artifact: Artifact | None = None
    """What is on offer now."""

    conditions: Several[Condition] = ()
    """What the producer last said about it."""


class ExternalArtifact(ApiModel):
    """An artifact that a program other than a source controller produces, or that an
    ArtifactGenerator composes of the artifacts of others."""

    naming: ClassVar[Naming] = Naming(
        group="source.toolkit.fluxcd.io",
        version="v1",
        kind="ExternalArtifact",
        plural="externalartifacts",
        short_names=("ea",),
        categories=("all", "fluxcd", "fluxcd-sources"),
        columns=(AGE, READY, STATUS, Column("Source", ".spec.sourceRef.name")),
    )

    metadata: ObjectMeta
    """Name, namespace, labels."""

    spec: ExternalArtifactSpec = Field(default_factory=ExternalArtifactSpec)
    """Where it comes from."""

    status: ExternalArtifactStatus = Field(default_factory=ExternalArtifactStatus)
    """What is."""
