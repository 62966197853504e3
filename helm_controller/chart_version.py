"""The version of a chart from a registry: with a piece of the artifact's digest. Pure.

A tag may be moved to another artifact of the same version; with the digest in the version that is a
change (reference flux.md 12 (79)).
"""

from __future__ import annotations

import re

from helm_controller.problem import Untraceable

_SEMVER = re.compile(
    r"v?(\d+)(?:\.(\d+))?(?:\.(\d+))?(-[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*)?(\+[0-9A-Za-z.-]+)?"
)
_SHOWN = 12


def has_digest(kind: str, revision: str) -> bool:
    """Whether the revision of a source says which digest it is."""
    return kind == "OCIRepository" or (kind == "ExternalArtifact" and ":" in revision)


def tracked(version: str, revision: str) -> tuple[str, str]:
    """The chart's version with a piece of the digest in `revision`, and that digest. Raises
    Untraceable where the tag is another version than the chart, or there is no digest."""
    own = _canonical(version)
    if own is None:
        raise Untraceable(f"invalid chart version {version}")
    tag, at, digest = revision.partition("@")
    named = _canonical(tag.replace("_", "+") if at else tag)
    if named is not None and (not at or named != own):
        raise Untraceable(f"artifact revision {tag} does not match chart version {version}")
    _, colon, value = revision.partition(":")
    if not colon or len(value) < _SHOWN:
        raise Untraceable(f"invalid artifact revision {revision}")
    return f"{own}+{value[:_SHOWN]}", digest if named is not None else revision


def _canonical(version: str) -> str | None:
    """A version without its build metadata; None where it is none."""
    found = _SEMVER.fullmatch(version)
    if found is None:
        return None
    major, minor, patch, prerelease, _ = found.groups()
    return f"{int(major)}.{int(minor or 0)}.{int(patch or 0)}{prerelease or ''}"
