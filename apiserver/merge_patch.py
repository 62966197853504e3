"""JSON merge patch (RFC 7386)."""

from __future__ import annotations

from apiserver.value import Object


def apply(document: Object, patch: Object) -> Object:
    """The document with the patch merged in: null deletes, a list replaces."""
    merged = dict(document)
    for key, value in patch.items():
        if value is None:
            merged.pop(key, None)
        elif isinstance(value, dict):
            below = merged.get(key)
            merged[key] = apply(below if isinstance(below, dict) else {}, value)
        else:
            merged[key] = value
    return merged
