"""The index of a Helm repository: which charts it has, in which versions, and where they are.

It is read once, one chart at a time, checked as Helm does, and kept in a form of ours: JSON with
the versions of a chart on one line, so that a chart is found without reading the others. Pure.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import Protocol, cast

import orjson

from shared.manifest.composition import Pair, pairs
from shared.manifest.document import CONFIGURATION, DocumentError
from shared.manifest.identity import Manifest
from source_controller.helm.metadata import (
    DEPENDENCY,
    FIELDS,
    MAINTAINER,
    OLD,
    cleaned,
    cleaned_dependency,
)
from source_controller.helm.problem import ChartProblem, IndexProblem
from source_controller.helm.struct import (
    Misfit,
    Struct,
    anything,
    flag,
    listed,
    mapped,
    moment,
    text,
)
from source_controller.version import Version

NEVER = "0001-01-01T00:00:00Z"
ENTRIES = "entries"

_OF_INDEX = {
    "urls": listed(text),
    "created": moment,
    "removed": flag,
    "digest": text,
    "checksum": text,
    "engine": text,
    "tillerVersion": text,
    "url": text,
}
_EMPTY = {"urls": None, "created": NEVER}
_HEAD = {
    "serverInfo": mapped(anything),
    "apiVersion": text,
    "generated": moment,
    "publicKeys": listed(text),
    "annotations": mapped(text),
    ENTRIES: anything,
}
# In JSON a field that nobody knows is passed over; in YAML it is an error.
_LENIENT = Struct(FIELDS | _OF_INDEX, kept=_EMPTY)
_STRICT = Struct(
    FIELDS
    | _OF_INDEX
    | {
        "maintainers": listed(replace(MAINTAINER, strict=True)),
        "dependencies": listed(replace(DEPENDENCY, strict=True)),
    },
    kept=_EMPTY,
    strict=True,
)
_YAML = replace(CONFIGURATION, unique=True)


class Sink(Protocol):
    """Takes bytes, one after the other."""

    def write(self, data: bytes, /) -> object:
        """Take more."""


@dataclass(frozen=True, slots=True)
class ChartVersion:
    """A version of a chart. `urls`: where its archive is, the first one counts; `created`: when, in
    RFC 3339; `digest`: the SHA-256 of its archive in hexadecimal, where the index has one."""

    name: str
    version: str
    urls: tuple[str, ...] = ()
    created: str = NEVER
    digest: str = ""


@dataclass(slots=True)
class Index:
    """An index that was read: `head` is all that is not about one chart, `lines` are the versions
    of each chart, newest first, as JSON."""

    head: Manifest = field(default_factory=dict)
    lines: dict[str, bytes] = field(default_factory=dict)

    def write(self, sink: Sink) -> None:
        """Write the index down, in the form that `versions_in` finds a chart in."""
        head = {"apiVersion": "", "generated": NEVER, **self.head}
        sink.write(orjson.dumps(head)[:-1] + b',"entries":{')
        for number, name in enumerate(sorted(self.lines)):
            sink.write(
                b"%s\n%s:%s" % (b"," if number else b"", orjson.dumps(name), self.lines[name])
            )
        sink.write(b"\n}}\n")


def index_of(raw: bytes) -> Index:
    """Read an index.yaml, which may be JSON. Takes seconds for tens of megabytes: for a thread.

    Raises IndexProblem where it cannot be read, has no API version, or, in YAML, has a field that
    Helm does not know or a key twice. Versions that Helm would not take are left out.
    """
    if not raw.strip():
        raise IndexProblem("empty index.yaml file")
    try:
        if raw.lstrip()[:1] == b"{" and (parsed := _json(raw)) is not None:
            found, version, head = _unrolled(parsed), _LENIENT, Struct(_HEAD)
        else:
            found = pairs(raw, path="index.yaml", rules=_YAML, within=ENTRIES)
            version, head = _STRICT, Struct(_HEAD, strict=True)
        return _collected(found, version, head)
    except (DocumentError, Misfit) as error:
        raise IndexProblem(f"error unmarshaling: {error}") from None


def versions_in(written: bytes, chart: str) -> tuple[ChartVersion, ...] | None:
    """The versions of a chart in an index that `Index.write` wrote, newest first; None where it has
    no such chart. Raises IndexProblem where it was not written so."""
    key = b"\n%s:" % orjson.dumps(chart, option=orjson.OPT_NON_STR_KEYS)
    at = written.find(key)
    if at < 0:
        return None
    start = at + len(key)
    line = written[start : written.find(b"\n", start)].removesuffix(b",")
    try:
        return tuple(_version(fields) for fields in orjson.loads(line))
    except orjson.JSONDecodeError:
        raise IndexProblem("the stored index is damaged") from None


def _json(raw: bytes) -> Manifest | None:
    """The index as JSON; None where it is not JSON after all."""
    try:
        found = orjson.loads(raw)
    except orjson.JSONDecodeError:
        return None
    return found if isinstance(found, dict) else None


def _unrolled(parsed: Manifest) -> Iterator[Pair]:
    """The same pairs as of a YAML text."""
    for key, value in parsed.items():
        if key == ENTRIES and isinstance(value, dict):
            yield from (Pair((ENTRIES, name), versions) for name, versions in value.items())
        else:
            yield Pair((key,), value)


def _collected(found: Iterable[Pair], version: Struct, head: Struct) -> Index:
    index, said = Index(), Manifest()
    for place, value in found:
        if len(place) == 1:
            said[place[0]] = value
        else:
            index.lines[place[1]] = _line(value, ".".join(place), version)
    index.head = cast("Manifest", head(said, ""))
    if index.head.pop(ENTRIES, None):
        raise Misfit(f"{ENTRIES} is no mapping")
    if not index.head.get("apiVersion"):
        raise IndexProblem("no API version specified")
    return index


def _line(value: object, place: str, struct: Struct) -> bytes:
    """The versions of one chart that Helm would take, newest first."""
    fields = cast("list[Manifest | None]", listed(struct)([] if value is None else value, place))
    kept = [made for one in fields if one is not None and (made := _acceptable(one)) is not None]
    kept.sort(key=lambda one: Version.parse(str(one["version"])), reverse=True)
    return orjson.dumps(kept)


def _acceptable(fields: Manifest) -> Manifest | None:
    fields.setdefault("apiVersion", OLD)
    needed = cast("list[Manifest | None]", fields.get("dependencies") or [])
    try:
        made = cleaned({**fields, "dependencies": None})
        # Some repositories take the aliases out of dependencies: then one seems to be there twice.
        found = [cleaned_dependency(one) for one in needed]
    except ChartProblem:
        return None
    del made["dependencies"]
    return made | {"dependencies": found} if found else made


def _version(fields: Manifest) -> ChartVersion:
    return ChartVersion(
        str(fields.get("name", "")),
        str(fields.get("version", "")),
        tuple(str(url or "") for url in cast("list[object]", fields.get("urls") or [])),
        str(fields.get("created", NEVER)),
        str(fields.get("digest", "")),
    )
