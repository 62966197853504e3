"""One object in the version that a client asked for.

Custom resources keep their fields in every version (conversion strategy None); the two Event kinds
share their storage and name their fields differently; a HorizontalPodAutoscaler of v1 knows one
metric, the use of CPU.
"""

from __future__ import annotations

from apiserver.resource import Resource
from apiserver.value import Object, at, number, objects, section, text

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
    if resource.kind == "HorizontalPodAutoscaler" and not resource.is_custom:
        content = _scaler_of_v1(content) if resource.version == "v1" else _scaler_of_v2(content)
    return {**content, "apiVersion": resource.api_version, "kind": resource.kind}


def is_converted(resource: Resource) -> bool:
    """Whether more than the version may differ between the versions of a kind."""
    return not resource.is_custom and resource.kind in _CONVERTED


_CONVERTED = ("Event", "HorizontalPodAutoscaler")


def kept(content: Object) -> Object:
    """An object in the version that it is kept in; nearly always the one that it is written in."""
    if content.get("apiVersion") == "autoscaling/v1":
        return {**_scaler_of_v2(content), "apiVersion": "autoscaling/v2"}
    return content


_USE = "targetCPUUtilizationPercentage"
_MEASURED = "currentCPUUtilizationPercentage"


def _scaler_of_v2(content: Object) -> Object:
    spec, status = {**section(content, "spec")}, {**section(content, "status")}
    if (use := spec.pop(_USE, None)) is not None:
        target: Object = {"type": "Utilization", "averageUtilization": use}
        spec["metrics"] = [_metric("target", target)]
    if (use := status.pop(_MEASURED, None)) is not None:
        status["currentMetrics"] = [_metric("current", {"averageUtilization": use})]
    status.setdefault("currentMetrics", None)
    return {**content, "spec": spec, "status": status}


def _metric(key: str, value: Object) -> Object:
    return {"type": "Resource", "resource": {"name": "cpu", key: value}}


def _scaler_of_v1(content: Object) -> Object:
    spec, status = {**section(content, "spec")}, {**section(content, "status")}
    for holder, key, name in ((spec, "target", _USE), (status, "current", _MEASURED)):
        metrics = objects(holder, "metrics" if holder is spec else "currentMetrics")
        uses = [at(each, "resource", key, "averageUtilization") for each in metrics
            if text(each, "resource", "name") == "cpu"]  # fmt: skip
        if uses and uses[0] is not None:
            holder[name] = uses[0]
    for holder, gone in (
        (spec, ("metrics", "behavior")),
        (status, ("currentMetrics", "conditions")),
    ):
        for key in gone:
            holder.pop(key, None)
    status.setdefault("currentReplicas", 0)
    return {**content, "spec": spec, "status": status}


def _event(content: Object, *, to_core: bool) -> Object:
    names = {new: old for old, new in _RENAMED} if to_core else dict(_RENAMED)
    converted = {names.get(key, key): value for key, value in content.items()}
    series = converted.get("series")
    if to_core and isinstance(series, dict) and not number(converted, "count"):
        converted["count"] = number(series, "count")
    return converted
