"""The forms in which objects are answered: whole, or only their metadata. Tables: `table.py`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Protocol

from apiserver.conversion import is_converted, present
from apiserver.refusal import Refusal
from apiserver.resource import Resource
from apiserver.storage import Record
from apiserver.value import Object, encode


@dataclass(frozen=True, slots=True)
class Page:
    """A list, or a part of one."""

    records: list[Record]
    revision: int
    cursor: str = ""
    remaining: int | None = None

    def metadata(self) -> Object:
        """The list's `metadata`."""
        found: Object = {"resourceVersion": str(self.revision)}
        if self.cursor:
            found["continue"] = self.cursor
        if self.remaining is not None:
            found["remainingItemCount"] = self.remaining
        return found


NOTHING: Mapping[str, object] = {}


class Form(Protocol):
    """One form of answer. Where two have the same name, they answer the same bytes; an empty name
    says that the bytes depend on who asks."""

    @property
    def name(self) -> str:
        """Which form it is, and of which version."""

    def one(self, record: Record) -> bytes:
        """An object."""

    def page(self, page: Page) -> bytes:
        """A list."""


def list_bytes(
    kind: str,
    api_version: str,
    page: Page,
    items: Iterable[bytes],
    more: Mapping[str, object] = NOTHING,
) -> bytes:
    """A list whose items are bytes already; `more` is what else its metadata says."""
    metadata = {**more, **page.metadata()}
    head = encode({"kind": kind, "apiVersion": api_version, "metadata": metadata})
    return head[:-1] + b',"items":[' + b",".join(items) + b"]}"


class Whole:
    """Objects as they are, in the version that was asked for."""

    def __init__(self, resource: Resource) -> None:
        self._resource = resource
        self.name = resource.api_version
        self._is_converted = is_converted(resource)
        head = encode({"kind": resource.kind, "apiVersion": resource.api_version})
        self._head = head[:-1] + b","

    def one(self, record: Record) -> bytes:
        """The object."""
        return self._head + self._bytes(record)[1:]

    def page(self, page: Page) -> bytes:
        """A list. Items of a built-in list do not repeat their kind, as in the real server."""
        is_custom = self._resource.is_custom
        always = {"continue": page.cursor} if is_custom else {}
        items = map(self.one if is_custom else self._bytes, page.records)
        return list_bytes(self._resource.list_kind, self._resource.api_version, page, items, always)

    def _bytes(self, record: Record) -> bytes:
        if not self._is_converted or record.head.fields.get("apiVersion") == self.name:
            return record.bare
        content = present(self._resource, record.glance())
        return encode({key: content[key] for key in content if key not in ("apiVersion", "kind")})


PARTIAL_VERSION = "meta.k8s.io/v1"
_PARTIAL: Object = {"kind": "PartialObjectMetadata", "apiVersion": PARTIAL_VERSION}
_PARTIAL_HEAD = encode(_PARTIAL)[:-1] + b',"metadata":'


def partial(record: Record) -> Object:
    """Only an object's metadata."""
    return {**_PARTIAL, "metadata": record.object["metadata"]}


class Partial:
    """Only the metadata of objects: PartialObjectMetadata; `is_list` where the client names the
    kind of lists of them."""

    def __init__(self, resource: Resource, *, is_list: bool) -> None:
        self._resource = resource
        self._is_list = is_list
        self.name = "metadata"

    def one(self, record: Record) -> bytes:
        """The object's metadata."""
        return _PARTIAL_HEAD + record.metadata + b"}"

    def page(self, page: Page) -> bytes:
        """A list of metadata. Raises a 406 where the client wants one object of it."""
        if not self._is_list:
            package = self._resource.group.partition(".")[0] or "core"
            message = (
                "you requested PartialObjectMetadata, but the requested object is a list "
                f"(*{package}.{self._resource.list_kind})"
            )
            raise Refusal(406, "NotAcceptable", message)
        items = (self.one(record) for record in page.records)
        whole = list_bytes("PartialObjectMetadataList", PARTIAL_VERSION, page, items)
        # Go has no list here where there is nothing.
        return whole if page.records else whole.removesuffix(b"[]}") + b"null}"
