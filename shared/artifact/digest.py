"""Checksums of artifacts, as `<algorithm>:<hexadecimal>`.

Flux also writes sha1 and blake3. sha1 is refused because two files can have one, blake3 because
Python does not bring it.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from typing import Protocol

from shared.artifact.error import ArtifactError

ALGORITHMS = {"sha256": 64, "sha384": 96, "sha512": 128}
"""What a digest can be made by, with the number of hexadecimal digits that it has."""

DEFAULT = "sha256"

_HEX = re.compile(r"[0-9a-f]+")


class Hasher(Protocol):
    """A digest in the making."""

    def update(self, data: bytes, /) -> None:
        """Take in more."""

    def hexdigest(self) -> str:
        """The digest of all that was taken in."""


def hasher(algorithm: str = DEFAULT) -> Hasher:
    """A digest in the making. Raises ArtifactError for an algorithm that is not used here."""
    if algorithm not in ALGORITHMS:
        known = ", ".join(ALGORITHMS)
        raise ArtifactError(f"unsupported digest algorithm '{algorithm}': use one of {known}")
    return hashlib.new(algorithm)


def digest_of(data: bytes, algorithm: str = DEFAULT) -> str:
    """The digest of `data`, with its algorithm in front."""
    made = hasher(algorithm)
    made.update(data)
    return f"{algorithm}:{made.hexdigest()}"


def parse(digest: str) -> tuple[str, str]:
    """Algorithm and hexadecimal value. A bare value is sha256, as in Flux. Raises ArtifactError."""
    if not digest:
        raise ArtifactError("the artifact has no digest to check it against")
    algorithm, colon, value = digest.partition(":")
    if not colon:
        algorithm, value = DEFAULT, digest
    if algorithm not in ALGORITHMS:
        hasher(algorithm)
    if len(value) != ALGORITHMS[algorithm] or not _HEX.fullmatch(value):
        raise ArtifactError(f"'{digest[:200]}' is no {algorithm} digest")
    return algorithm, value


def verify(data: bytes, digest: str) -> None:
    """Raises ArtifactError where `data` is not what `digest` was made of."""
    algorithm, value = parse(digest)
    check(hasher_of(data, algorithm), f"{algorithm}:{value}")


def hasher_of(data: bytes, algorithm: str) -> Hasher:
    """A digest that has taken in `data`."""
    made = hasher(algorithm)
    made.update(data)
    return made


def check(made: Hasher, digest: str) -> None:
    """Raises ArtifactError where a digest came out otherwise than expected."""
    algorithm, value = parse(digest)
    if not hmac.compare_digest(made.hexdigest(), value):
        raise ArtifactError(
            f"digest mismatch: expected '{algorithm}:{value}', got '{algorithm}:{made.hexdigest()}'"
        )
