"""The checksum of values, as Flux has it: of their YAML with sorted keys. Pure.

The order of keys in a ConfigMap, and comments, are no change of values (reference flux.md 12 (86)).
"""

from __future__ import annotations

import hashlib
from typing import cast

from shared.manifest.emission import emitted
from shared.manifest.identity import Manifest


def config_digest(values: Manifest) -> str:
    """`sha256:...`; that of nothing where there are no values."""
    written = emitted(whole(values), order=_by_bytes).encode() if values else b""
    return f"sha256:{hashlib.sha256(written).hexdigest()}"


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


def _by_bytes(keys: tuple[str, ...]) -> list[str]:
    return sorted(keys, key=str.encode)
