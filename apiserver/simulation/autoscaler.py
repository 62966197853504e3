"""HorizontalPodAutoscalers: targets kept within their bounds.

Behaviour: the autoscaler of Kubernetes 1.36, where every metric is at its target: nothing but the
bounds changes the number of pods.
"""

from __future__ import annotations

from collections.abc import Iterable

from apiserver.cluster import Cluster
from apiserver.simulation.office import Office, condition
from apiserver.storage import Event, Key, Record
from apiserver.value import Object, copy_of, number, objects, part, section, text

SHELF = ("autoscaling", "horizontalpodautoscalers")
_TARGETS = {
    "Deployment": ("apps", "deployments"),
    "ReplicaSet": ("apps", "replicasets"),
    "StatefulSet": ("apps", "statefulsets"),
}
_KINDS = {shelf: kind for kind, shelf in _TARGETS.items()}
Told = tuple[str, str, str, str]
"""Type, status, reason and message of a condition."""

_FITS: Told = (
    "AbleToScale",
    "True",
    "ReadyForNewScale",
    "recommended size matches current size",
)
_WITHIN: Told = (
    "ScalingLimited",
    "False",
    "DesiredWithinRange",
    "the desired count is within the acceptable range",
)
_OFF: Told = (
    "ScalingActive",
    "False",
    "ScalingDisabled",
    "scaling is disabled since the replica count of the target is zero",
)


class Autoscalers:
    """The controller of HorizontalPodAutoscalers."""

    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster
        self._scalers = Office(cluster, "autoscaling", "HorizontalPodAutoscaler")
        self._targets = {kind: Office(cluster, "apps", kind) for kind in _TARGETS}

    def keys(self, event: Event) -> Iterable[Key]:
        """Autoscalers that were written, and those of a workload that was."""
        if event.shelf == SHELF:
            return [event.now.key] if event.type != "DELETED" else []
        kind = _KINDS.get(event.shelf)
        if kind is None:
            return []
        namespace, name = event.now.key
        known = self._cluster.storage.shelf(SHELF).in_order(namespace)
        return [each.key for each in known if _target(each.object) == (kind, name)]

    def reconcile(self, key: Key) -> float | None:
        """Bring a target within its bounds, and say how it is."""
        record = self._scalers.find(key)
        if record is None or record.is_terminating:
            return None
        kind, name = _target(record.object)
        office = self._targets.get(kind)
        target = office.find((key[0], name)) if office else None
        if office is None or target is None:
            self._tell(record, [_not_found(kind, name)], {})
            return None
        self._fit(record, office, target)
        return None

    def _fit(self, record: Record, office: Office, target: Record) -> None:
        now = number(target.object, "spec", "replicas", default=1)
        wanted = _within(record.object, now)
        counts: Object = {"currentReplicas": number(target.object, "status", "replicas")}
        counts["desiredReplicas"] = wanted
        if not now:
            self._tell(record, [_FITS, _OFF], counts)
            return
        counts["currentMetrics"] = _metrics(record.object) or None
        if wanted == now:
            self._tell(record, [_FITS, _active(record.object), _WITHIN], counts)
            return
        content = copy_of(target.object)
        part(content, "spec")["replicas"] = wanted
        office.update(target, content)
        counts["lastScaleTime"] = self._cluster.stamp()
        self._tell(record, [_rescaled(wanted), _active(record.object), _WITHIN], counts)

    def _tell(self, record: Record, told: list[Told], counts: Object) -> None:
        before, now = section(record.object, "status"), self._cluster.stamp()
        keys = ("type", "status", "reason", "message")
        new: list[Object] = [dict(zip(keys, each, strict=True)) for each in told]
        status: Object = {
            "currentMetrics": None,
            "currentReplicas": number(before, "currentReplicas"),
            "desiredReplicas": 0,
            "lastScaleTime": before.get("lastScaleTime"),
            **counts,
            "conditions": [condition(before, each, now) for each in new],
        }
        self._scalers.set_status(record, status)


def _target(scaler: Object) -> tuple[str, str]:
    aim = section(scaler, "spec", "scaleTargetRef")
    return text(aim, "kind"), text(aim, "name")


def _within(scaler: Object, replicas: int) -> int:
    """A number of pods brought within the bounds; none at all is nobody's business."""
    if not replicas:
        return 0
    least = number(scaler, "spec", "minReplicas", default=1)
    return max(min(replicas, number(scaler, "spec", "maxReplicas")), least)


def _not_found(kind: str, name: str) -> Told:
    plural = _TARGETS.get(kind, ("", f"{kind.lower()}s"))[1]
    why = (
        "the HPA controller was unable to get the target's current scale: "
        f'{plural}.apps "{name}" not found'
    )
    return ("AbleToScale", "False", "FailedGetScale", why)


def _rescaled(replicas: int) -> Told:
    why = f"the HPA controller was able to update the target scale to {replicas}"
    return ("AbleToScale", "True", "SucceededRescale", why)


def _active(scaler: Object) -> Told:
    names = [text(each, "resource", "name") for each in objects(scaler, "spec", "metrics")]
    source = f"{names[0]} resource" if names and names[0] else "its metrics"
    why = f"the HPA was able to successfully calculate a replica count from {source}"
    return ("ScalingActive", "True", "ValidMetricFound", why)


def _metrics(scaler: Object) -> list[Object]:
    """The metrics as they are: where they should be."""
    found: list[Object] = []
    for each in objects(scaler, "spec", "metrics"):
        aim = section(each, "resource", "target")
        if text(each, "type") == "Resource" and number(aim, "averageUtilization"):
            current: Object = {"averageUtilization": aim["averageUtilization"], "averageValue": "0"}
            resource: Object = {"name": text(each, "resource", "name"), "current": current}
            found.append({"type": "Resource", "resource": resource})
    return found
