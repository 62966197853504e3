"""Reading and writing the metadata of a manifest, as kustomize keeps it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import cast

from kustomize.scalar import MISSING, in_place, key_of, text_of
from shared.manifest.identity import Manifest, metadata


def texts(manifest: Manifest, field: str) -> dict[str, str]:
    """Labels or annotations, every value as text."""
    found = metadata(manifest).get(field)
    if not isinstance(found, dict):
        return {}
    return {key: text_of(value) for key, value in found.items()}


def set_texts(manifest: Manifest, field: str, values: Mapping[str, str]) -> None:
    """Replace labels or annotations; none at all removes the field."""
    found = made_metadata(manifest)
    found.pop(field, None)
    if values:
        found[field] = {key_of(key): values[key] for key in sorted(values)}


def make_texts(manifest: Manifest, field: str) -> None:
    """Make texts of labels or annotations, as they were written: `null` too. This is what comes of
    them once kustomize has noted something of its own among them."""
    found = metadata(manifest).get(field)
    if isinstance(found, dict):
        for key, value in found.items():
            if not isinstance(value, dict | list):
                found[key] = text_of(value)


def set_name(manifest: Manifest, name: str) -> None:
    """Rename an object."""
    found = made_metadata(manifest)
    found["name"] = in_place(found.get("name", MISSING), name)


def set_namespace(manifest: Manifest, namespace: str) -> None:
    """Move an object; the empty namespace is no namespace."""
    if namespace:
        found = made_metadata(manifest)
        found["namespace"] = in_place(found.get("namespace", MISSING), namespace)
    else:
        metadata(manifest).pop("namespace", None)


def made_metadata(manifest: Manifest) -> Manifest:
    """The metadata of a manifest, made where there is none."""
    found = manifest.get("metadata")
    if not isinstance(found, dict):
        found = manifest["metadata"] = {}
    return cast("Manifest", found)
