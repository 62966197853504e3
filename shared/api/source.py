"""Any source, as far as those who build from it need to know it."""

from __future__ import annotations

from pydantic import Field

from shared.api.artifact import Artifact
from shared.api.field import Flag, Int64, Several
from shared.api.meta import ApiModel, Condition, ObjectMeta


class SourceSpec(ApiModel):
    """The part of the spec that all kinds of source have in common."""

    suspend: Flag = False
    """Whether the source is not looked at any more. Its artifact stays."""


class SourceStatus(ApiModel):
    """The part of the status that all kinds of source have in common."""

    observed_generation: Int64 = -1
    """The generation that the source was last brought to; -1 before the first."""

    conditions: Several[Condition] = ()
    """What was last said about the source."""

    artifact: Artifact | None = None
    """What the source offers now; None before the first."""


class SourceObject(ApiModel):
    """A GitRepository, OCIRepository, Bucket or ExternalArtifact, whichever it is."""

    api_version: str
    """The API version of the source."""

    kind: str
    """The kind of the source."""

    metadata: ObjectMeta
    """Name, namespace, generation."""

    spec: SourceSpec = Field(default_factory=SourceSpec)
    """What is wanted of it."""

    status: SourceStatus = Field(default_factory=SourceStatus)
    """What it offers."""
