"""What a build comes to. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

from shared.manifest.compact import value_of
from shared.manifest.identity import Manifest


@dataclass(frozen=True, slots=True)
class Built:
    """What a source says shall be in the cluster, ready to be applied, and the checksum of it.
    `texts`: each object as interned JSON, which takes a quarter of the room, and is what is
    remembered of an apply too."""

    texts: tuple[str, ...]
    digest: str

    @property
    def manifests(self) -> tuple[Manifest, ...]:
        """The objects, made anew each time."""
        return tuple(cast("Manifest", value_of(text)) for text in self.texts)
