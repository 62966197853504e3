"""One object in the version that a client asked for.

Custom resources keep their fields in every version (conversion strategy None); the two Event kinds
share their storage and name their fields differently.
"""

from __future__ import annotations

from apiserver.resource import Resource
from apiserver.value import Object, number, text

_RENAMED = (
    ("involvedObject", "regarding"),
    ("message", "note"),
    ("reportingComponent", "reportingController"),
    ("source", "deprecatedSource"),
    ("firstTimestamp", "deprecatedFirstTimestamp"),
    ("lastTimestamp", "deprecatedLastTimestamp"),
    ("count", "deprecatedCount"),
)


def present(resource: Resource, content: Object) -> Object:
    """A stored object in the version of `resource`."""
    api_version = text(content, "apiVersion")
    if api_version == resource.api_version:
        return content
    if resource.kind == "Event" and not resource.is_custom:
        content = _event(content, to_core=resource.group == "")
    return {**content, "apiVersion": resource.api_version, "kind": resource.kind}


def _event(content: Object, *, to_core: bool) -> Object:
    names = {new: old for old, new in _RENAMED} if to_core else dict(_RENAMED)
    converted = {names.get(key, key): value for key, value in content.items()}
    series = converted.get("series")
    if to_core and isinstance(series, dict) and not number(converted, "count"):
        converted["count"] = number(series, "count")
    return converted
