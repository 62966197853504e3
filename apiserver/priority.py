"""Which version of an API comes first."""

from __future__ import annotations

_STABILITY = {"": 0, "beta": 1, "alpha": 2}


def priority(version: str) -> tuple[int, int, int, str]:
    """The sort key of a version: v2, v1, v1beta2, v1beta1, v1alpha1, then anything else by name."""
    number, stability, minor = _parts(version)
    if number is None:
        return (3, 0, 0, version)
    return (_STABILITY[stability], -number, -minor, version)


def _parts(version: str) -> tuple[int | None, str, int]:
    for stability in ("alpha", "beta"):
        major, found, minor = version.removeprefix("v").partition(stability)
        if found and major.isdigit() and minor.isdigit():
            return int(major), stability, int(minor)
    plain = version.removeprefix("v")
    return (int(plain), "", 0) if version[:1] == "v" and plain.isdigit() else (None, "", 0)
