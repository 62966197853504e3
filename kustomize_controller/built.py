"""What a build comes to. Pure."""

from __future__ import annotations

from dataclasses import dataclass

import orjson

from shared.manifest.identity import Manifest


@dataclass(frozen=True, slots=True)
class Built:
    """What a source says shall be in the cluster, ready to be applied, and the checksum of it.
    `texts`: each object as JSON, which takes a quarter of the room."""

    texts: tuple[bytes, ...]
    digest: str

    @property
    def manifests(self) -> tuple[Manifest, ...]:
        """The objects, made anew each time."""
        return tuple(map(orjson.loads, self.texts))
