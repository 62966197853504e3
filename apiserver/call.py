"""One request for a resource, and the answer to it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from apiserver.access.identity import ADMIN, User
from apiserver.resource import Resource
from apiserver.route import Target, WriteOptions, write_options
from apiserver.storage import Record
from apiserver.value import Object


@dataclass(frozen=True, slots=True)
class Call:
    """What a client asks of one resource."""

    resource: Resource
    target: Target
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes = b""
    user: User = ADMIN

    @property
    def content_type(self) -> str:
        """The form of the body."""
        return self.headers.get("Content-Type", "")

    @property
    def accept(self) -> str:
        """The forms of answer that the client reads."""
        return self.headers.get("Accept", "")

    def options(self, kind: str) -> WriteOptions:
        """How to write; `kind` is CreateOptions, UpdateOptions or PatchOptions."""
        return write_options(self.query, self.headers.get("User-Agent", ""), kind)


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer: an object that is stored, or one made for the occasion."""

    content: Record | Object
    code: int = 200
    warnings: list[str] = field(default_factory=list)
