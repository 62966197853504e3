"""Many objects of one shape, each in little room. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

from shared.manifest.compact import compact, interned, value_of
from shared.manifest.identity import Manifest, metadata, text

_OWN = ("name", "resourceVersion", "uid")
"""The fields of the metadata by which objects differ that are alike otherwise."""


@dataclass(frozen=True, slots=True)
class Outline:
    """An object in two parts: what it is known by, and all else as JSON. Of objects made in one
    go, by one manager, from one template, that is the same text, and is kept once: labels and the
    ownership of fields are most of what the metadata has. What is said of one is not lost where it
    is alone."""

    frame: str
    own: str

    @classmethod
    def of(cls, item: Manifest) -> Outline:
        """That of an object, which stays as it is."""
        meta = metadata(item)
        rest = {key: value for key, value in meta.items() if key not in _OWN}
        frame = interned(compact({**item, "metadata": rest}))
        return cls(frame, _own(item))

    def is_state_of(self, item: Manifest) -> bool:
        """Whether it is that object in that state, by uid and resource version."""
        return self.own == _own(item)

    def value(self) -> Manifest:
        """The object, made anew each time."""
        item = cast("Manifest", value_of(self.frame))
        known = zip(_OWN, self.own.split("\n"), strict=True)
        metadata(item).update((key, value) for key, value in known if value)
        return item


def _own(item: Manifest) -> str:
    meta = metadata(item)
    return "\n".join(text(meta, key) for key in _OWN)
