"""Which paths may be in an artifact. Packing refuses what reading would refuse. Pure."""

from __future__ import annotations

from collections.abc import Container

from shared.artifact.error import ArtifactError

LONGEST = 4_096
DEEPEST = 200


def checked(path: str) -> str:
    """The path. Raises ArtifactError where it leaves the archive, on any system, or is excessive.

    As Flux: nothing absolute, no backslash, no `..`; and no `.`, no empty name, no NUL either.
    """
    parts = path.split("/")
    if not path or "\\" in path or "\0" in path or not {"", ".", ".."}.isdisjoint(parts):
        raise ArtifactError(f"the archive has an invalid name: {path[:LONGEST]!r}")
    if len(path) > LONGEST or len(parts) > DEEPEST:
        raise ArtifactError(
            f"the archive has a path of more than {LONGEST} characters or {DEEPEST} directories: "
            f"{path[:80]!r}..."
        )
    return path


def above(path: str, known: Container[str]) -> list[str]:
    """The directories above a path, from the lowest on up to one that is known, and with it those
    above it."""
    found: list[str] = []
    directory = path.rpartition("/")[0]
    while directory and directory not in known:
        found.append(directory)
        directory = directory.rpartition("/")[0]
    return found
