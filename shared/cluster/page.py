"""The pages of a long list, each read only while it is gone through."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import cast, overload

import orjson

from shared.manifest.identity import Kind, Manifest


class Pages(Sequence[Manifest]):
    """The objects of a list, in the bytes that the server has sent. As values they take three times
    the room, and what is only gone through once needs just those of one page."""

    def __init__(self, kind: Kind) -> None:
        self._kind = kind
        self._bodies: list[bytes] = []
        self._count = 0

    def add(self, body: bytes, count: int) -> None:
        """The next page, which has so many objects."""
        self._bodies.append(body)
        self._count += count

    def __len__(self) -> int:
        """How many objects there are."""
        return self._count

    def __iter__(self) -> Iterator[Manifest]:
        """One after the other, made anew each time."""
        for body in self._bodies:
            yield from entries(orjson.loads(body), self._kind)

    @overload
    def __getitem__(self, place: int) -> Manifest: ...

    @overload
    def __getitem__(self, place: slice) -> list[Manifest]: ...

    def __getitem__(self, place: int | slice) -> Manifest | list[Manifest]:
        """The one at a place, or some: all pages are read for it."""
        return list(self)[place]


def entries(found: Manifest, kind: Kind) -> list[Manifest]:
    """The objects of a page."""
    return [named(entry, kind) for entry in cast("list[Manifest] | None", found.get("items")) or []]


def named(found: Manifest, kind: Kind) -> Manifest:
    """An entry of a list or a watch, with the kind that it is of: lists leave it out, outlines say
    PartialObjectMetadata."""
    found["apiVersion"] = kind.api_version
    found["kind"] = kind.kind
    return found
