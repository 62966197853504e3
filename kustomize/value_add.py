"""The plugin ValueAddTransformer: one value into fields of many objects."""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

from kustomize.field import wrong_kind
from kustomize.kustomization import Selector
from kustomize.namespace import set_namespace
from kustomize.problem import BuildError
from kustomize.resource import Resource
from kustomize.resources import Resources, Transformer
from kustomize.scalar import is_null, key_of, scalar_text
from kustomize.selection import selected
from shared.manifest.identity import Manifest


@dataclass(frozen=True, slots=True)
class ValueTarget:
    """Where to put the value: with a position above zero, as a part of the path that is there."""

    selector: Selector | None = None
    field_path: str = ""
    file_path_position: int = 0


def adding(value: str, targets: tuple[ValueTarget, ...]) -> Transformer:
    """Puts `value` into all fields. Raises BuildError for targets that cannot be."""
    if not targets:
        raise BuildError("must specify at least one target")
    for target in targets:
        if not target.field_path:
            raise BuildError("fieldPath cannot be empty")
        if target.file_path_position < 0:
            raise BuildError(
                f"value of FilePathPosition ({target.file_path_position}) cannot be negative"
            )

    def transform(resources: Resources) -> None:
        for target in targets:
            chosen = selected(resources, target.selector) if target.selector else list(resources)
            for resource in chosen:
                _add(resource, target, value)
        resources.renamed()

    return transform


def _add(resource: Resource, target: ValueTarget, value: str) -> None:
    if target.field_path == "metadata/namespace":
        set_namespace(resource, value)
        return
    parts = target.field_path.replace("\\/", "\0").split("/")
    *way, last = (part.replace("\0", "/") for part in parts if part)
    holder = resource.manifest
    for part in way:
        below = holder.get(part)
        if below is None:
            below = holder[key_of(part)] = {}
        if not isinstance(below, dict):
            raise wrong_kind("MappingNode", below)
        holder = cast("Manifest", below)
    old = holder.get(last)
    if isinstance(old, dict | list):
        raise wrong_kind("ScalarNode", old)
    text = "" if is_null(old) else scalar_text(old)
    position = target.file_path_position
    holder[key_of(last)] = _inserted(text, position - 1, value) if position > 0 else value


def _inserted(path: str, position: int, part: str) -> str:
    """A path with one more part; a leading slash stays where it is."""
    parts = path.split("/") if path else []
    if path == "/":
        parts = [""]
    position = min(position, len(parts))
    if parts and not parts[0] and position < len(parts):
        position += 1
    return "/".join([*parts[:position], part, *parts[position:]])
