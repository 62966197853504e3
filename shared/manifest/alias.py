"""Anchors of a YAML document and the copies that aliases make of them, of which there may not be
any number."""

from __future__ import annotations

import yaml
from yaml.events import AliasEvent

from shared.manifest.document_error import DocumentError

MOST_COPIES = 200_000
"""Values that aliases may add to one text."""


class Anchors:
    """The anchored values of the current document of one text."""

    __slots__ = ("_copies", "_path", "_values")

    def __init__(self, path: str) -> None:
        self._path = path
        self._values: dict[str, object] = {}
        self._copies = 0

    def forget(self) -> None:
        """A new document begins; what was copied so far still counts."""
        self._values = {}

    def remember(self, anchor: str, value: object) -> None:
        """Note the value of an anchor, which is complete: nothing can contain itself."""
        self._values[anchor] = value

    def copy_of(self, event: yaml.Event) -> object:
        """What an alias stands for, shared with nothing. Raises DocumentError for aliases without
        an anchor, and for too many copies."""
        line = event.start_mark.line + 1 if event.start_mark else 0
        anchor = event.anchor if isinstance(event, AliasEvent) else ""
        if anchor is None or anchor not in self._values:
            raise DocumentError(f"unknown anchor '{anchor}' referenced", path=self._path, line=line)
        value = self._copy(self._values[anchor])
        if self._copies > MOST_COPIES:
            raise DocumentError(
                f"aliases add more than {MOST_COPIES} values", path=self._path, line=line
            )
        return value

    def _copy(self, value: object) -> object:
        self._copies += 1
        if self._copies > MOST_COPIES:
            return None
        if isinstance(value, dict):
            return {key: self._copy(item) for key, item in value.items()}
        if isinstance(value, list):
            return [self._copy(item) for item in value]
        if isinstance(value, str):
            self._copies += len(value) >> 6
        return value
