"""Values inside of texts that hold JSON or YAML themselves."""

from __future__ import annotations

from kustomize.kustomization import FieldOptions
from shared.manifest.identity import Manifest


def set_inside(
    manifest: Manifest, parts: list[str], value: object, options: FieldOptions
) -> bool:
    """Write a value into the text that a path leads into. False where that is not how it is."""
    _ = (manifest, parts, value, options)
    return False
