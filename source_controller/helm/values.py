"""Values of charts: read, and merged over one another, as Helm does. Pure."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import cast

from shared.manifest.composition import documents
from shared.manifest.document import CONFIGURATION, DocumentError
from shared.manifest.emission import emitted
from shared.manifest.identity import Manifest
from shared.manifest.merging import merged
from source_controller.helm.problem import ValuesProblem

FILE = "values.yaml"

Read = Callable[[str], Manifest | None]
"""The values of a file by the name that the spec gives; None where there is no such file. Raises
ValuesProblem."""

_SEPARATOR = re.compile(rb"^---(?=\s|$)", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Merged:
    """What came of several files: the text of `values.yaml`, and the files that it is made of."""

    text: bytes
    files: tuple[str, ...]


def merged_files(files: Sequence[str], read: Read, *, ignore_missing: bool) -> Merged:
    """The values of several files, a later one over an earlier one.

    Raises ValuesProblem where a file is missing (unless that is to be ignored) or is no mapping.
    """
    values: Manifest = {}
    used: list[str] = []
    for file in files:
        found = read(file)
        if found is not None:
            values = merged(values, found)
            used.append(file)
        elif not ignore_missing:
            raise ValuesProblem(f"no values file found at path '{file}'")
    return Merged(_text(values), tuple(used))


def values_of(content: bytes, file: str) -> Manifest:
    """The values of a file: of the first document in it. Raises ValuesProblem."""
    try:
        return _first(content, file)
    except (DocumentError, ValueError) as error:
        raise ValuesProblem(f"unmarshaling values from '{file}' failed: {error}") from None


def defaults_of(content: bytes) -> Manifest:
    """A chart's own values: those of all documents, a later one over an earlier one. Raises
    ValuesProblem."""
    made: Manifest = {}
    for number, part in enumerate(_SEPARATOR.split(content)):
        try:
            made = merged(made, _first(part, FILE))
        except (DocumentError, ValueError) as error:
            where = f"document {number}: " if number else ""
            raise ValuesProblem(f"cannot load {FILE}: {where}{error}") from None
    return made


def _first(content: bytes, file: str) -> Manifest:
    found = documents(content.removeprefix(b"\xef\xbb\xbf"), path=file, rules=CONFIGURATION)
    value = found[0].value if found else {}
    if not isinstance(value, dict):
        raise ValueError("it is no mapping")  # noqa: TRY004 - reported as what the file says
    _refuse_nan(value)
    return cast("Manifest", value)


def _refuse_nan(value: object) -> None:
    """JSON, which Helm's values pass through, knows neither infinity nor what is no number."""
    match value:
        case float() if not math.isfinite(value):
            raise ValueError("it has a number that is infinite or none")
        case dict():
            for item in value.values():
                _refuse_nan(item)
        case list():
            for item in value:
                _refuse_nan(item)


def _text(values: Manifest) -> bytes:
    try:
        return emitted(values).encode() if values else b""
    except ValueError as error:
        raise ValuesProblem(str(error)) from None
