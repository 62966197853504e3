"""What can go wrong with an artifact.

ArtifactError
├─ ArtifactNotFound     nobody offers it (any more); its source will offer another
└─ ArtifactUnreadable   it is there, and the disk does not give it out
"""

from __future__ import annotations

from shared.problem import Problem


class ArtifactError(Problem):
    """An artifact could not be stored, fetched or read, or is not what it should be."""


class ArtifactNotFound(ArtifactError):
    """The server does not offer the artifact."""


class ArtifactUnreadable(ArtifactError):
    """The disk, or what stands between it and us, failed: nothing is known about the artifact."""
