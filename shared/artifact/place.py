"""Where artifacts may be: `<kind>/<namespace>/<name>/<file>`, on a disk or in a bucket. Pure."""

from __future__ import annotations

import re

from shared.artifact.error import ArtifactError

_PART = r"[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?"
_DIRECTORY = re.compile(rf"[a-z]+/{_PART}/{_PART}")
_FILE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:+-]{0,250}")


def place_of_file(path: str) -> str:
    """The path of a file. Raises ArtifactError where it is not one of ours."""
    directory, _, name = path.rpartition("/")
    if not _DIRECTORY.fullmatch(directory) or not _FILE.fullmatch(name) or ".." in path:
        raise ArtifactError(f"there can be no artifact at {path[:300]!r}")
    return path


def place_of_object(directory: str) -> str:
    """The directory of all files of an object. Raises ArtifactError where it is not one of ours."""
    if not _DIRECTORY.fullmatch(directory) or ".." in directory:
        raise ArtifactError(f"there can be no artifacts at {directory[:300]!r}")
    return directory
