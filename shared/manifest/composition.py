"""From YAML text to plain values, with libyaml underneath and within bounds.

Everything that a hostile text could blow up has a limit: bytes, depth, documents, aliases.
"""

from __future__ import annotations

import codecs
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import NamedTuple, cast

import yaml
from yaml import events

from shared.manifest.alias import Anchors
from shared.manifest.document_error import DocumentError
from shared.manifest.reading_rule import MANIFEST, KeyRefused, Rules
from shared.manifest.tagged_scalar import refuse_unknown_tag, tagged

LARGEST_TEXT = 64 << 20
"""Bytes of one text."""
DEEPEST = 200
"""Levels of nesting: beyond what any Kubernetes API accepts, below what recursion needs."""
MOST_DOCUMENTS = 20_000
"""Documents in one text."""
_PIECE = 1 << 20


class _MergeKey(str):
    """The key `<<` where it is written plainly."""

    __slots__ = ()


_MERGE = _MergeKey("<<")


class Document(NamedTuple):
    """One document of a text: its value and the line it starts at, from 1."""

    value: object
    line: int


class Pair(NamedTuple):
    """A key of a mapping with what leads to it, and its value."""

    place: tuple[str, ...]
    value: object


def documents(text: bytes, *, path: str, rules: Rules = MANIFEST) -> list[Document]:
    """The documents of a YAML or JSON text, empty ones left out. `path` is for errors.

    Raises DocumentError for texts that are not UTF-8, not YAML, or beyond the limits.
    """
    _check_text(text, path)
    with _explained(path):
        return list(_Composer(text, path, rules).documents())


def pairs(text: bytes, *, path: str, rules: Rules = MANIFEST, within: str) -> Iterator[Pair]:
    """The keys of the mapping that a text is, one after the other, and in place of the key `within`
    those of the mapping below it: a large text is never held as values as a whole.

    Of several documents only the first is read. Raises DocumentError as `documents` does, at any
    time.
    """
    _check_text(text, path)
    with _explained(path):
        yield from _Composer(text, path, rules).pairs(within)


def _check_text(text: bytes, path: str) -> None:
    if len(text) > LARGEST_TEXT:
        raise DocumentError(f"has {len(text)} bytes; {LARGEST_TEXT} are allowed", path=path)
    decoder = codecs.getincrementaldecoder("utf-8")()
    for start in range(0, len(text), _PIECE):
        held = len(decoder.getstate()[0])
        try:
            decoder.decode(text[start : start + _PIECE], start + _PIECE >= len(text))
        except UnicodeDecodeError as error:
            message = f"is not UTF-8: byte {start - held + error.start} is invalid"
            raise DocumentError(message, path=path) from error


@contextmanager
def _explained(path: str) -> Iterator[None]:
    """What libyaml says, as ours."""
    try:
        yield
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 0
        raise DocumentError(f"yaml: line {line}: {error.problem}", path=path, line=line) from error
    except yaml.YAMLError as error:
        raise DocumentError(f"yaml: {error}".splitlines()[0], path=path) from error


class _Composer:
    """Turns the events of one text into values, by recursion."""

    __slots__ = ("_anchors", "_depth", "_next", "_path", "_rules")

    def __init__(self, text: bytes, path: str, rules: Rules) -> None:
        # Not None within a stream: libyaml ends all that it began, or raises.
        self._next = cast("Callable[[], yaml.Event]", yaml.CBaseLoader(text).get_event)
        self._path = path
        self._rules = rules
        self._anchors = Anchors(path)
        self._depth = 0

    def documents(self) -> Iterator[Document]:
        count = 0
        while not isinstance(event := self._next(), events.StreamEndEvent):
            if not isinstance(event, events.DocumentStartEvent):
                continue
            count += 1
            if count > MOST_DOCUMENTS:
                raise self._error(f"has more than {MOST_DOCUMENTS} documents", event)
            self._anchors.forget()
            first = self._next()
            value = self._value(first, in_flow=False)
            if value is not None and value is not self._rules.empty:
                yield Document(value, line_of(first))

    def pairs(self, within: str) -> Iterator[Pair]:
        started = (events.StreamStartEvent, events.DocumentStartEvent)
        while isinstance(event := self._next(), started):
            pass
        if isinstance(event, events.MappingStartEvent):
            yield from self._pairs(event, (), within)
        elif not isinstance(event, events.StreamEndEvent):
            raise self._error("is not an object", event)

    def _pairs(
        self, start: yaml.MappingStartEvent, place: tuple[str, ...], within: str
    ) -> Iterator[Pair]:
        self._enter(start)
        seen: set[str] = set()
        in_flow = bool(start.flow_style)
        while not isinstance(event := self._next(), events.MappingEndEvent):
            key = self._key(event)
            if key is _MERGE:
                raise self._error("merges another mapping, which is not understood here", event)
            if key in seen and self._rules.unique:
                raise self._error(_repeated(key, event), event)
            seen.add(key)
            following = self._next()
            if not place and key == within and isinstance(following, events.MappingStartEvent):
                yield from self._pairs(following, (key,), within)
            else:
                yield Pair((*place, key), self._value(following, in_flow=in_flow))
        self._depth -= 1

    def _error(self, message: str, event: yaml.Event) -> DocumentError:
        return DocumentError(message, path=self._path, line=line_of(event))

    def _value(self, event: yaml.Event, *, in_flow: bool) -> object:
        if isinstance(event, events.ScalarEvent):
            value = self._scalar(event, in_flow)
        elif isinstance(event, events.MappingStartEvent):
            value = self._mapping(event)
        elif isinstance(event, events.SequenceStartEvent):
            value = self._sequence(event)
        else:
            return self._anchors.copy_of(event)
        if event.anchor is not None:
            self._anchors.remember(event.anchor, value)
        return value

    def _scalar(self, event: yaml.ScalarEvent, in_flow: bool) -> object:
        if event.tag is not None:
            return tagged(event, event.tag, self._path)
        if not event.implicit[0]:
            folded = self._rules.folded if event.style == ">" else None
            quoted = folded or self._rules.quoted
            return quoted(event.value) if quoted else event.value
        if in_flow and " " in event.value:
            # Of all plain scalars with a blank only a timestamp would be more than text, but not
            # in a flow collection: kustomize writes that again before it looks.
            return event.value
        if event.value:
            return self._rules.resolve(event.value)
        return self._rules.empty_in_flow if in_flow else self._rules.empty

    def _mapping(self, start: yaml.MappingStartEvent) -> dict[str, object]:
        self._enter(start)
        result: dict[str, object] = {}
        merged: list[dict[str, object]] = []
        rules, following = self._rules, self._next
        in_flow = bool(start.flow_style)
        while not isinstance(event := following(), events.MappingEndEvent):
            key = self._key(event)
            value = self._value(following(), in_flow=in_flow)
            if key is _MERGE:
                merged.extend(self._to_merge(value, event))
            elif key in result and rules.unique:
                raise self._error(_repeated(key, event), event)
            else:
                result[key] = value
        self._depth -= 1
        return _under(result, merged) if merged else result

    def _sequence(self, start: yaml.SequenceStartEvent) -> list[object]:
        self._enter(start)
        result: list[object] = []
        in_flow = bool(start.flow_style)
        following = self._next
        while not isinstance(event := following(), events.SequenceEndEvent):
            result.append(self._value(event, in_flow=in_flow))
        self._depth -= 1
        return result

    def _enter(self, event: yaml.CollectionStartEvent) -> None:
        self._depth += 1
        if self._depth > DEEPEST:
            raise self._error(f"is nested more than {DEEPEST} levels deep", event)
        if event.tag is not None:
            refuse_unknown_tag(event, event.tag, ("map", "seq"), self._path)

    def _key(self, event: yaml.Event) -> str:
        """A key; the very object _MERGE for one that stands for a merge."""
        if isinstance(event, events.AliasEvent):
            value = self._anchors.copy_of(event)
            if isinstance(value, str):
                return value
        if not isinstance(event, events.ScalarEvent):
            raise self._error("a mapping key must be a string", event)
        if event.anchor is not None:
            self._anchors.remember(event.anchor, event.value)
        if not event.implicit[0]:
            return str(event.value)
        if event.value == _MERGE:
            return _MERGE
        try:
            return self._rules.key(event.value, self._rules.resolve)
        except KeyRefused as error:
            raise self._error(str(error), event) from error

    def _to_merge(self, value: object, event: yaml.Event) -> list[dict[str, object]]:
        """The mappings of a `<<`, the one that counts least first."""
        found = value if isinstance(value, list) else [value]
        mappings = [item for item in found if isinstance(item, dict)]
        if len(mappings) < len(found):
            raise self._error("map merge requires map or sequence of maps as the value", event)
        return mappings[::-1]


def _repeated(key: str, event: yaml.Event) -> str:
    return f'yaml: line {line_of(event)}: mapping key "{key}" already defined'


def line_of(event: yaml.Event) -> int:
    """The line an event starts at, from 1."""
    return event.start_mark.line + 1 if event.start_mark else 0


def _under(own: dict[str, object], merged: list[dict[str, object]]) -> dict[str, object]:
    result: dict[str, object] = {}
    for mapping in merged:
        result.update(mapping)
    result.update(own)
    return result
