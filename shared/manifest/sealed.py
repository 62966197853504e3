"""Objects that wait for their turn, as JSON: as values they take four times the room. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import cast

from shared.manifest.compact import compact, interned, value_of
from shared.manifest.identity import Manifest, Ref


@dataclass(frozen=True, slots=True)
class Sealed:
    """One object, and which it is."""

    ref: Ref
    text: str

    @classmethod
    def of(cls, manifest: Manifest) -> Sealed:
        """That of an object. Raises ManifestError where it is none."""
        return cls(Ref.of(manifest), interned(compact(manifest)))

    def value(self) -> Manifest:
        """The object, made anew each time."""
        return cast("Manifest", value_of(self.text))


class Bundle(Collection[Manifest]):
    """Objects in their order. Each is made anew when it is asked for, and goes with whoever asked:
    they are never all there as values. `texts`: each as interned JSON."""

    __slots__ = ("texts",)

    def __init__(self, texts: Iterable[str] = ()) -> None:
        self.texts = tuple(texts)

    @classmethod
    def of(cls, manifests: Iterable[Manifest]) -> Bundle:
        """Those of objects that are there as values."""
        return cls(interned(compact(manifest)) for manifest in manifests)

    def __len__(self) -> int:
        """How many there are."""
        return len(self.texts)

    def __iter__(self) -> Iterator[Manifest]:
        """One after the other."""
        return (cast("Manifest", value_of(text)) for text in self.texts)

    def __contains__(self, manifest: object) -> bool:
        """Whether there is an equal one."""
        return any(one == manifest for one in self)

    def __getitem__(self, place: int) -> Manifest:
        """The one at a place."""
        return cast("Manifest", value_of(self.texts[place]))

    def __eq__(self, other: object) -> bool:
        """Whether the other has equal objects in the same order."""
        return isinstance(other, Sequence | Bundle) and [*self] == [*other]
