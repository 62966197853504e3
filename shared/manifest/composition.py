"""From YAML text to plain values, with libyaml underneath and within bounds.

What Go's libraries make of a text is what counts; the differences between them are a `Rules`.
Everything that a hostile text could blow up has a limit: bytes, depth, documents, alias expansion.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import NamedTuple, cast

import yaml
from yaml import events
from yaml.cyaml import CParser

from shared.manifest.resolution import resolved, resolved_old, timestamp
from shared.problem import Problem

LARGEST_TEXT = 64 << 20
"""Bytes of one text."""
DEEPEST = 200
"""Levels of nesting: beyond what any Kubernetes API accepts, below what recursion needs."""
MOST_DOCUMENTS = 20_000
"""Documents in one text."""
MOST_COPIES = 200_000
"""Values that aliases may add to one text."""

_TAG = "tag:yaml.org,2002:"
_MERGE = object()


class DocumentError(Problem):
    """A text is not YAML, or is more than this process is willing to read.

    `path` is the file it came from (as the caller named it), `line` the line from 1, 0 if unknown.
    """

    def __init__(self, message: str, *, path: str, line: int = 0) -> None:
        super().__init__(message)
        self.message = message
        self.path = path
        self.line = line

    def __str__(self) -> str:
        where = f"{self.path}:{self.line}" if self.line else self.path
        return f"{where}: {self.message}" if where else self.message


def _plain_key(text: str, resolve: Callable[[str], object]) -> str:
    if not isinstance(resolve(text), str):
        raise ValueError(f"mapping key {text} is not a string; put it in quotes")
    return text


def _json_key(text: str, resolve: Callable[[str], object]) -> str:
    """As sigs.k8s.io/yaml makes keys: `y: 1` becomes `"true": 1`."""
    value = resolve(text)
    if isinstance(value, bool):
        return "true" if value else "false"
    return value if isinstance(value, str) else text


@dataclass(frozen=True, slots=True)
class Rules:
    """How scalars are understood: `resolve` makes plain ones values, `key` makes plain keys
    strings (raising ValueError for what may not be one), `empty` and `empty_in_flow` stand for no
    text at all, `unique` refuses a key that is there twice (else the last one counts)."""

    resolve: Callable[[str], object]
    key: Callable[[str, Callable[[str], object]], str] = _plain_key
    empty: object = None
    empty_in_flow: object = None
    unique: bool = True


MANIFEST = Rules(resolve=resolved)
"""Kubernetes manifests as kustomize reads them (yaml.v3)."""
CONFIGURATION = Rules(resolve=resolved_old, key=_json_key, unique=False)
"""What sigs.k8s.io/yaml reads: YAML 1.1 as JSON; a repeated key is silently the last one."""


class Document(NamedTuple):
    """One document of a text: its value and the line it starts at, from 1."""

    value: object
    line: int


def documents(text: bytes, *, path: str, rules: Rules = MANIFEST) -> list[Document]:
    """The documents of a YAML or JSON text, empty ones left out. Raises DocumentError."""
    if len(text) > LARGEST_TEXT:
        raise DocumentError(f"has {len(text)} bytes; {LARGEST_TEXT} are allowed", path=path)
    try:
        text.decode()
    except UnicodeDecodeError as error:
        raise DocumentError(f"is not UTF-8: byte {error.start} is invalid", path=path) from error
    try:
        return list(_Composer(text, path, rules).documents())
    except yaml.MarkedYAMLError as error:
        raise DocumentError(*_told(error), path=path, line=_line(error)) from error
    except yaml.YAMLError as error:
        raise DocumentError(f"yaml: {error}".splitlines()[0], path=path) from error


def _told(error: yaml.MarkedYAMLError) -> tuple[str]:
    line = f"line {_line(error)}: " if _line(error) else ""
    return (f"yaml: {line}{error.problem}",)


def _line(error: yaml.MarkedYAMLError) -> int:
    return error.problem_mark.line + 1 if error.problem_mark else 0


class _Composer:
    """Turns the events of one text into values, by recursion."""

    __slots__ = ("_anchors", "_copies", "_depth", "_next", "_path", "_rules")

    def __init__(self, text: bytes, path: str, rules: Rules) -> None:
        self._next: Callable[[], yaml.Event] = CParser(text).get_event
        self._path = path
        self._rules = rules
        self._anchors: dict[str, object] = {}
        self._copies = 0
        self._depth = 0

    def documents(self) -> Iterator[Document]:
        count = 0
        while type(event := self._next()) is not events.StreamEndEvent:
            if type(event) is not events.DocumentStartEvent:
                continue
            count += 1
            if count > MOST_DOCUMENTS:
                raise self._error(f"has more than {MOST_DOCUMENTS} documents", event)
            self._anchors = {}
            first = self._next()
            value = self._value(first, in_flow=False)
            if value is not None and value is not self._rules.empty:
                yield Document(value, first.start_mark.line + 1)

    def _error(self, message: str, event: yaml.Event) -> DocumentError:
        return DocumentError(message, path=self._path, line=event.start_mark.line + 1)

    def _value(self, event: yaml.Event, *, in_flow: bool) -> object:
        kind = type(event)
        if kind is events.ScalarEvent:
            value = self._scalar(event, in_flow)
        elif kind is events.MappingStartEvent:
            value = self._mapping(event)
        elif kind is events.SequenceStartEvent:
            value = self._sequence(event)
        else:
            return self._alias(event)
        if event.anchor is not None:
            self._anchors[event.anchor] = value
        return value

    def _scalar(self, event: yaml.ScalarEvent, in_flow: bool) -> object:
        if event.tag is not None:
            return self._tagged(event)
        if not event.implicit[0]:
            return event.value
        if event.value:
            return self._rules.resolve(event.value)
        return self._rules.empty_in_flow if in_flow else self._rules.empty

    def _mapping(self, event: yaml.MappingStartEvent) -> dict[str, object]:
        self._enter(event)
        result: dict[str, object] = {}
        merged: list[dict[str, object]] = []
        rules, following = self._rules, self._next
        in_flow = event.flow_style
        while type(event := following()) is not events.MappingEndEvent:
            key = self._key(event)
            value = self._value(following(), in_flow=in_flow)
            if key is _MERGE:
                merged.extend(self._to_merge(value, event))
                continue
            if key in result and rules.unique:
                raise self._error(f'mapping key "{key}" already defined', event)
            result[cast("str", key)] = value
        self._depth -= 1
        return _under(result, merged) if merged else result

    def _sequence(self, event: yaml.SequenceStartEvent) -> list[object]:
        self._enter(event)
        result: list[object] = []
        following = self._next
        while type(event := following()) is not events.SequenceEndEvent:
            result.append(self._value(event, in_flow=False))
        self._depth -= 1
        return result

    def _enter(self, event: yaml.CollectionStartEvent) -> None:
        self._depth += 1
        if self._depth > DEEPEST:
            raise self._error(f"is nested more than {DEEPEST} levels deep", event)
        if event.tag is not None and event.tag.startswith(_TAG):
            self._refuse_unknown(event, ("map", "seq"))

    def _key(self, event: yaml.Event) -> object:
        if type(event) is events.AliasEvent:
            value = self._alias(event)
            if isinstance(value, str):
                return value
        if type(event) is not events.ScalarEvent:
            raise self._error("a mapping key must be a string", event)
        if event.anchor is not None:
            self._anchors[event.anchor] = event.value
        if not event.implicit[0]:
            return event.value
        if event.value == "<<":
            return _MERGE
        try:
            return self._rules.key(event.value, self._rules.resolve)
        except ValueError as error:
            raise self._error(str(error), event) from error

    def _tagged(self, event: yaml.ScalarEvent) -> object:
        """The value of a scalar with a tag; a tag of the author's own says nothing to Kubernetes."""
        if not event.tag.startswith(_TAG):
            return event.value if event.tag == "!" or event.style else resolved(event.value)
        kind = event.tag.removeprefix(_TAG)
        self._refuse_unknown(event, ("str", "int", "float", "bool", "null", "binary", "timestamp"))
        if kind in ("str", "timestamp"):
            return event.value if kind == "str" else timestamp(event.value)
        if kind == "binary":
            return self._decoded(event)
        return self._as(kind, resolved_old(event.value), event)

    def _refuse_unknown(self, event: yaml.NodeEvent, known: tuple[str, ...]) -> None:
        if event.tag.removeprefix(_TAG) not in known:
            raise self._error(f"has the tag {event.tag}, which is not allowed", event)

    def _as(self, kind: str, value: object, event: yaml.ScalarEvent) -> object:
        if kind == "float" and type(value) is int:
            return float(value)
        if (kind, type(value)) in _FITTING:
            return value
        raise self._error(f"cannot decode `{event.value}` as a !!{kind}", event)

    def _decoded(self, event: yaml.ScalarEvent) -> str:
        try:
            return base64.b64decode(event.value).decode()
        except (binascii.Error, UnicodeDecodeError) as error:
            raise self._error("!!binary does not hold text in base64", event) from error

    def _alias(self, event: yaml.Event) -> object:
        if event.anchor not in self._anchors:
            raise self._error(f"unknown anchor '{event.anchor}' referenced", event)
        value = self._copy(self._anchors[event.anchor])
        if self._copies > MOST_COPIES:
            raise self._error(f"aliases add more than {MOST_COPIES} values", event)
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

    def _to_merge(self, value: object, event: yaml.Event) -> list[dict[str, object]]:
        """The mappings of a `<<`, the one that counts least first."""
        found = value if isinstance(value, list) else [value]
        if not all(isinstance(item, dict) for item in found):
            raise self._error("map merge requires map or sequence of maps as the value", event)
        return list(reversed(found))


_FITTING = {("int", int), ("float", float), ("bool", bool), ("null", type(None))}


def _under(own: dict[str, object], merged: list[dict[str, object]]) -> dict[str, object]:
    result: dict[str, object] = {}
    for mapping in merged:
        result.update(mapping)
    result.update(own)
    return result
