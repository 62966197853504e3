"""What a build comes to. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from shared.manifest.sealed import Bundle


@dataclass(frozen=True, slots=True)
class Built:
    """What a source says shall be in the cluster, ready to be applied, and the checksum of it.
    `texts`: each object as interned JSON, which takes a quarter of the room, and is what is
    remembered of an apply too."""

    texts: tuple[str, ...]
    digest: str

    @property
    def manifests(self) -> Bundle:
        """The objects, each made anew when it is asked for."""
        return Bundle(self.texts)
