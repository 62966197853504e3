"""Mappings over one another, as Helm merges values. Pure."""

from __future__ import annotations

from typing import cast

from shared.manifest.identity import Manifest


def merged(below: Manifest, above: Manifest) -> Manifest:
    """Both in one; `above` wins, mappings are joined, lists are not, a null is a value. Neither is
    changed."""
    made = dict(below)
    for key, value in above.items():
        there = made.get(key)
        if isinstance(value, dict) and isinstance(there, dict):
            made[key] = merged(cast("Manifest", there), cast("Manifest", value))
        else:
            made[key] = value
    return made
