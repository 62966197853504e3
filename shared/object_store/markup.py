"""Answers in XML: flat fields, and records of one kind. Pure.

Nothing that XML could do beyond that is done: no document types, so no entities, and depth, length
and number have limits.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from urllib.parse import unquote
from xml.parsers import expat

from shared.object_store.error import ObjectStoreError

LARGEST = 32 << 20
DEEPEST = 12
LONGEST = 16_384

Record = dict[str, str]


@dataclass(slots=True)
class Answer:
    """The texts of an answer, by the names of their elements; those of its records are apart."""

    fields: Record = field(default_factory=dict)
    records: list[Record] = field(default_factory=list)


def read(content: bytes, record: str = "") -> Answer:
    """An answer, with the elements that are called `record` as records. Raises ObjectStoreError
    for what is none."""
    if len(content) > LARGEST:
        raise ObjectStoreError("the object store answers at too great a length")
    return _Reader(record).read(content)


class _Reader:
    """Walks once through a document."""

    def __init__(self, record: str) -> None:
        self._record = record
        self._answer = Answer()
        self._into = self._answer.fields
        self._open: list[str] = []
        self._text: list[str] = []
        self._encoded = False

    def read(self, content: bytes) -> Answer:
        parser = expat.ParserCreate(namespace_separator=" ")
        parser.buffer_text = True
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._text.append
        parser.StartDoctypeDeclHandler = _refuse
        try:
            parser.Parse(content, True)
        except expat.ExpatError:
            raise ObjectStoreError("the object store answers with what is no XML") from None
        return self._answer

    def _start(self, name: str, attributes: Mapping[str, str]) -> None:
        self._open.append(name.rpartition(" ")[2])
        # How Azure writes a name that XML has no letters for.
        self._encoded = attributes.get("Encoded") == "true"
        if len(self._open) > DEEPEST:
            raise ObjectStoreError("the object store answers with XML that is too deep")
        self._text.clear()
        if self._open[-1] == self._record:
            self._into = {}
            self._answer.records.append(self._into)

    def _end(self, _: str) -> None:
        name = self._open.pop()
        text = "".join(self._text)
        text = unquote(text) if self._encoded else text
        self._encoded = False
        self._text.clear()
        if len(text) > LONGEST:
            raise ObjectStoreError(f"the object store answers with a {name[:50]} that is too long")
        if name == self._record:
            self._into = self._answer.fields
        elif text:
            self._into.setdefault(name, text)


def _refuse(*_: object) -> None:
    raise ObjectStoreError("the object store answers with XML that has a document type")


def codes(content: bytes) -> Iterator[str]:
    """The code and the message of an answer that is an error, as far as there are any."""
    try:
        fields = read(content[:LONGEST]).fields
    except ObjectStoreError:
        return
    for name in ("Code", "Message"):
        if name in fields:
            yield " ".join(fields[name].split())[:200]
