"""Scalars with an explicit tag. Tags of YAML itself are known or refused; a tag of the author's own
(`!secret`) says nothing to Kubernetes but that the scalar is a text, as in kustomize."""

from __future__ import annotations

import base64
import binascii

import yaml

from shared.manifest.document_error import DocumentError
from shared.manifest.resolution import resolved_old, timestamp

_YAML = "tag:yaml.org,2002:"
_KNOWN = ("str", "int", "float", "bool", "null", "binary", "timestamp")
_FITTING = {("int", int), ("float", float), ("bool", bool), ("null", type(None))}


def tagged(event: yaml.ScalarEvent, tag: str, path: str) -> object:
    """The value of a scalar with a tag. Raises DocumentError where they do not fit."""
    text = str(event.value)
    if not tag.startswith(_YAML):
        return text
    refuse_unknown_tag(event, tag, _KNOWN, path)
    kind = tag.removeprefix(_YAML)
    if kind in ("str", "timestamp"):
        return text if kind == "str" else timestamp(text)
    if kind == "binary":
        return _decoded(event, text, path)
    value = resolved_old(text)
    if kind == "float" and type(value) is int:
        return float(value)
    if (kind, type(value)) in _FITTING:
        return value
    raise _error(event, f"cannot decode `{text[:80]}` as a !!{kind}", path)


def refuse_unknown_tag(event: yaml.NodeEvent, tag: str, known: tuple[str, ...], path: str) -> None:
    """Raises DocumentError for a tag of YAML that is not among those known: `!!python/name:...`."""
    if tag.startswith(_YAML) and tag.removeprefix(_YAML) not in known:
        raise _error(event, f"has the tag {tag}, which is not allowed", path)


def _decoded(event: yaml.ScalarEvent, text: str, path: str) -> str:
    try:
        return base64.b64decode(text).decode()
    except (binascii.Error, UnicodeDecodeError) as error:
        raise _error(event, "!!binary does not hold text in base64", path) from error


def _error(event: yaml.NodeEvent, message: str, path: str) -> DocumentError:
    line = event.start_mark.line + 1 if event.start_mark else 0
    return DocumentError(message, path=path, line=line)
