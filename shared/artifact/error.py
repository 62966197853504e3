"""What can go wrong with an artifact.

ArtifactError
├─ ArtifactNotFound     nobody offers it (any more); its source will offer another
├─ ArtifactAway         its server is not there, or not well: it may be soon
└─ ArtifactUnreadable   it is there, and the disk does not give it out
"""

from __future__ import annotations

from datetime import timedelta

from shared.problem import Problem


class ArtifactError(Problem):
    """An artifact could not be stored, fetched or read, or is not what it should be."""


class ArtifactNotFound(ArtifactError):
    """The server does not offer the artifact."""


class ArtifactAway(ArtifactError):
    """The server did not answer. `pause`: when it is worth asking again; `lasting`: whether it has
    been away for so long that somebody should know."""

    def __init__(self, message: str, pause: timedelta, *, lasting: bool) -> None:
        super().__init__(message)
        self.pause = pause
        self.lasting = lasting


class ArtifactUnreadable(ArtifactError):
    """The disk, or what stands between it and us, failed: nothing is known about the artifact."""
