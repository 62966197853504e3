"""The checksum of values, as Flux has it: of their YAML with sorted keys. Pure.

The order of keys in a ConfigMap, and comments, are no change of values (reference flux.md 12 (86)).
"""

from __future__ import annotations

from typing import cast

from shared.artifact.digest import ALGORITHMS, DEFAULT, digest_of
from shared.manifest.emission import emitted
from shared.manifest.identity import Manifest

CANONICAL = DEFAULT
"""What checksums of releases are made by unless told otherwise."""


def config_digest(values: Manifest, algorithm: str = DEFAULT) -> str:
    """`sha256:...`; that of nothing where there are no values. CPU bound where there are many.
    Raises ArtifactError for an algorithm that is not used here."""
    return digest_of(_written(values), algorithm)


def config_digests(values: Manifest) -> dict[str, str]:
    """The checksums of values by every algorithm, so that what was remembered by another is known.
    CPU bound where there are many values."""
    written = _written(values)
    return {algorithm: digest_of(written, algorithm) for algorithm in ALGORITHMS}


def algorithm_of(digest: str) -> str:
    """What a checksum was made by; `sha256` where it is by nothing that is used here."""
    algorithm = digest.partition(":")[0]
    return algorithm if algorithm in ALGORITHMS else DEFAULT


def whole(value: object) -> object:
    """A value whose numbers without a fraction are whole ones, as they are on their way through
    JSON and YAML in Go."""
    match value:
        case bool():
            return value
        case float() if value.is_integer() and abs(value) < 2**63:
            return int(value)
        case dict():
            return {key: whole(one) for key, one in cast("Manifest", value).items()}
        case list():
            return [whole(one) for one in value]
        case _:
            return value


def _written(values: Manifest) -> bytes:
    return emitted(whole(values), order=_by_bytes).encode() if values else b""


def _by_bytes(keys: tuple[str, ...]) -> list[str]:
    return sorted(keys, key=str.encode)
