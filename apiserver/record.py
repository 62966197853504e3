"""One stored object: bytes for good, and for a while the object that they say.

Most objects are written, listed and watched as bytes, and seldom looked into: so the bytes are what
is kept, and the object is read from them again when somebody asks. That takes some microseconds,
and a tenth of the memory.
"""

from __future__ import annotations

import sys
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import cast

import orjson

from apiserver.value import Object, encode, text

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


class Record:
    """One object as it was stored at one revision. It never changes."""

    __slots__ = ("_bare", "_forms", "_recent", "_tree", "head", "is_terminating", "key",
        "revision", "uid")  # fmt: skip

    def __init__(
        self, key: Key, revision: int, content: Object, recent: Recent | None = None
    ) -> None:
        """`content` must not be changed afterwards; `recent` decides how long it stays."""
        self.key = (sys.intern(key[0]), key[1])
        self.revision = revision
        self.uid = text(content, "metadata", "uid")
        self.is_terminating = bool(text(content, "metadata", "deletionTimestamp"))
        self.head = _head(content.get("apiVersion"), content.get("kind"))
        self._tree: Object | None = content
        self._bare: bytes | None = None
        self._forms: dict[str, bytes] | None = None
        self._recent = recent
        if recent is not None:
            recent.add(self)

    @property
    def object(self) -> Object:
        """The object itself: to be read, never to be changed."""
        tree = self._tree
        if tree is None:
            told = cast("Object", orjson.loads(self.bare))
            tree = self._tree = {**self.head.fields, **told}
            if self._recent is not None:
                self._recent.add(self)
        return tree

    @property
    def bare(self) -> bytes:
        """Its bytes without apiVersion and kind, as in the lists of built-in kinds."""
        if self._bare is None:
            tree, fields = self._tree or {}, self.head.fields
            told = encode({key: tree[key] for key in tree if key not in fields})
            # The encoder leaves the room that it did not need: four times as much.
            self._bare = bytes(memoryview(told))
        return self._bare

    @property
    def whole(self) -> bytes:
        """All its bytes."""
        prefix, bare = self.head.prefix, self.bare
        # Nothing but a kind: no comma has anything to part.
        return prefix + bare[1:] if len(bare) > len(b"{}") else prefix.rstrip(b",") + b"}"

    def form(self, name: str, make: Callable[[Record], Object]) -> bytes:
        """Its bytes in another form, made once for all who ask soon."""
        if self._forms is None:
            self._forms = {}
        known = self._forms.get(name)
        if known is None:
            known = self._forms[name] = encode(make(self))
        return known

    def cool(self) -> None:
        """Keep nothing but the bytes."""
        if self.bare:
            self._tree = self._forms = None


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
