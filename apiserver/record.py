"""One stored object: bytes for good, and for a while the object that they say.

Most objects are written, listed and watched as bytes, and seldom looked into: so the bytes are what
is kept, and the object is read from them again when somebody asks. That takes some microseconds,
and a tenth of the memory. What lists select by lies beside the bytes: names and labels.
"""

from __future__ import annotations

import sys
from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType
from typing import cast

import orjson

from apiserver.requirement import Labels
from apiserver.value import Object, encode, section, text

Key = tuple[str, str]
"""Namespace and name; the namespace is empty for what belongs to the whole cluster."""

WARM = 500
"""How many of the objects that were last written or looked into are kept as objects."""


@dataclass(frozen=True, slots=True)
class Head:
    """What an object is: its apiVersion and kind, where it says them, and their bytes."""

    fields: Mapping[str, object]
    prefix: bytes


@lru_cache(1024)
def _head(api_version: object, kind: object) -> Head:
    told = {"apiVersion": api_version, "kind": kind}
    fields = {key: value for key, value in told.items() if value is not None}
    return Head(fields, encode(fields)[:-1] + b"," if fields else b"{")


@lru_cache(4096)
def _labels(pairs: tuple[tuple[str, str], ...]) -> Labels:
    """The same labels for all objects that have the same."""
    return MappingProxyType(dict(pairs))


_OPENING = b'{"metadata":'


class Record:
    """One object as it was stored at one revision. It never changes."""

    __slots__ = ("_bare", "_end", "_recent", "_tree", "head", "is_terminating", "key", "labels",
        "revision", "uid")  # fmt: skip

    def __init__(
        self, key: Key, revision: int, content: Object, recent: Recent | None = None
    ) -> None:
        """`content` must not be changed afterwards; `recent` decides how long it stays."""
        self.key = (sys.intern(key[0]), key[1])
        self.revision = revision
        self.uid = text(content, "metadata", "uid")
        labels = section(content, "metadata", "labels")
        self.labels = _labels(tuple((k, v) for k, v in labels.items() if isinstance(v, str)))
        self.is_terminating = bool(text(content, "metadata", "deletionTimestamp"))
        self.head = _head(content.get("apiVersion"), content.get("kind"))
        self._tree: Object | None = content
        self._bare: bytes | None = None
        self._end = 0
        self._recent = recent
        if recent is not None:
            recent.add(self)

    @property
    def object(self) -> Object:
        """The object itself: to be read, never to be changed."""
        tree = self._tree
        if tree is None:
            tree = self._tree = self.glance()
            if self._recent is not None:
                self._recent.add(self)
        return tree

    def glance(self) -> Object:
        """The object itself, for somebody who looks into many: it is not kept for others."""
        if self._tree is not None:
            return self._tree
        return {**self.head.fields, **cast("Object", orjson.loads(self.bare))}

    @property
    def bare(self) -> bytes:
        """Its bytes without apiVersion and kind, as in the lists of built-in kinds."""
        if self._bare is None:
            # The encoder leaves the room that it did not need, four times as much; a join does not.
            self._bare = b"".join(self._parts())
        return self._bare

    def _parts(self) -> Iterator[bytes]:
        """Metadata first: whoever wants no more finds where they end."""
        tree, fields = self._tree or {}, self.head.fields
        rest = {key: tree[key] for key in tree if key not in fields and key != "metadata"}
        told = encode(rest)
        if "metadata" in tree:
            metadata = encode(tree["metadata"])
            self._end = len(_OPENING) + len(metadata)
            yield from (_OPENING, metadata)
            told = b"," + told[1:] if rest else b"}"
        yield told

    @property
    def metadata(self) -> bytes:
        """The bytes of its metadata."""
        found = self.bare[len(_OPENING) : self._end]
        return found or b"{}"

    @property
    def whole(self) -> bytes:
        """All its bytes."""
        prefix, bare = self.head.prefix, self.bare
        # Nothing but a kind: no comma has anything to part.
        return prefix + bare[1:] if len(bare) > len(b"{}") else prefix.rstrip(b",") + b"}"

    def cool(self) -> None:
        """Keep nothing but the bytes."""
        if self.bare:
            self._tree = None


class Recent:
    """The records that were last written or looked into."""

    def __init__(self, most: int = WARM) -> None:
        self._most = most
        self._records: deque[Record] = deque()

    def add(self, record: Record) -> None:
        """One more; the one that was there longest keeps nothing but its bytes."""
        self._records.append(record)
        if len(self._records) > self._most:
            self._records.popleft().cool()
