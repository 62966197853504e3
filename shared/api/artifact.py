"""What a source offers: a tarball, where it is, and what it was made of."""

from __future__ import annotations

from pydantic import Field

from shared.api.field import Int64, TextMap, Timestamp
from shared.api.meta import ApiModel


class Artifact(ApiModel):
    """A tarball that a source offers for download."""

    digest: str = Field(
        json_schema_extra={"pattern": r"^[a-z0-9]+(?:[.+_-][a-z0-9]+)*:[a-zA-Z0-9=_-]+$"}
    )
    """The checksum of the file, as `<algorithm>:<hexadecimal>`."""

    last_update_time: Timestamp
    """When the file was stored."""

    metadata: TextMap = Field(default_factory=dict)
    """What is known of its origin, such as the annotations of an OCI artifact."""

    path: str
    """Where the file is, relative to the root of the controller's storage."""

    revision: str
    """What the file was made of, for people to find at its origin: `main@sha1:<commit>`."""

    size: Int64 | None = None
    """The length of the file in bytes."""

    url: str
    """Where the file can be downloaded from within the cluster."""

    @property
    def origin_revision(self) -> str:
        """The revision that the origin names for it, such as the commit an OCI artifact was built
        from; empty where it names none."""
        return self.metadata.get("org.opencontainers.image.revision", "")
