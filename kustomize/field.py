"""Writing into a field that a path led to."""

from __future__ import annotations

from collections.abc import Mapping
from typing import cast

from kustomize.fieldspec import Place
from kustomize.problem import BuildError
from kustomize.scalar import is_null, key_of
from shared.manifest.identity import Manifest

_KINDS: dict[type, str] = {dict: "MappingNode", list: "SequenceNode"}


def node_kind(value: object) -> str:
    """What kustomize calls a mapping, a list, a scalar."""
    return _KINDS.get(type(value), "ScalarNode")


def wrong_kind(wanted: str, value: object) -> BuildError:
    """A mapping where a scalar should be, or the like."""
    return BuildError(f"wrong node kind: expected {wanted} but got {node_kind(value)}")


def set_scalar(place: Place, value: object) -> None:
    """Put a scalar in the place of a scalar. Raises BuildError where a list or mapping is."""
    holder, name = place
    old = holder.get(name)
    if isinstance(old, dict | list):
        raise wrong_kind("ScalarNode", old)
    holder[name] = value


def set_entries(place: Place, entries: Mapping[str, str]) -> None:
    """Put entries into a mapping, which is made where there is nothing."""
    holder, name = place
    found = holder.get(name)
    if is_null(found):
        found = holder[name] = {}
    if not isinstance(found, dict):
        raise wrong_kind("MappingNode", found)
    mapping = cast("Manifest", found)
    for key, value in entries.items():
        mapping[key if key in mapping else key_of(key)] = value
