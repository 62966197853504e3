"""What bounds others: scalers, budgets for disruption, ranges and quotas, leases."""

from __future__ import annotations

from collections.abc import Iterator

from apiserver.cause import at_least, invalid, required
from apiserver.quantity import canonical, worth_of
from apiserver.refusal import Cause
from apiserver.strategy import Strategy
from apiserver.value import Object, at, number, objects, part, section, text

_UP: tuple[Object, ...] = (
    {"type": "Pods", "value": 4, "periodSeconds": 15},
    {"type": "Percent", "value": 100, "periodSeconds": 15},
)


def _default_scaler(new: Object) -> None:
    spec = part(new, "spec")
    spec.setdefault("minReplicas", 1)
    if text(new, "apiVersion") == "autoscaling/v1":
        spec.setdefault("targetCPUUtilizationPercentage", 80)
    elif not objects(spec, "metrics"):
        target: Object = {"type": "Utilization", "averageUtilization": 80}
        spec["metrics"] = [{"type": "Resource", "resource": {"name": "cpu", "target": target}}]
    if isinstance(spec.get("behavior"), dict):
        up, down = part(spec, "behavior", "scaleUp"), part(spec, "behavior", "scaleDown")
        up.setdefault("stabilizationWindowSeconds", 0)
        up.setdefault("policies", [dict(each) for each in _UP])
        down.setdefault("policies", [dict(_UP[1])])
        for each in (up, down):
            each.setdefault("selectPolicy", "Max")


def _check_scaler(new: Object, old: Object | None) -> list[Cause]:
    spec = section(new, "spec")
    least, most = number(spec, "minReplicas", default=1), number(spec, "maxReplicas")
    found = []
    if most < 1:
        found.append(invalid("spec.maxReplicas", most, "must be greater than 0"))
    if most < least:
        why = "must be greater than or equal to `minReplicas`"
        found.append(invalid("spec.maxReplicas", most, why))
    missing = [key for key in ("kind", "name") if not text(spec, "scaleTargetRef", key)]
    found += [required(f"spec.scaleTargetRef.{key}") for key in missing]
    if not text(spec, "scaleTargetRef", "apiVersion"):
        why = "apiVersion must specify API group"
        found.append(invalid("spec.scaleTargetRef.apiVersion", "", why))
    return found


def _check_budget(new: Object, old: Object | None) -> list[Cause]:
    spec = section(new, "spec")
    least, most = spec.get("minAvailable"), spec.get("maxUnavailable")
    if least is not None and most is not None:
        # The real server shows what it holds in Go.
        shown: Object = {"MinAvailable": least, "Selector": spec.get("selector"),
            "MaxUnavailable": most, "UnhealthyPodEvictionPolicy": None}  # fmt: skip
        return [invalid("spec", shown, "minAvailable and maxUnavailable cannot be both set")]
    found: list[Cause] = []
    for key, value in (("minAvailable", least), ("maxUnavailable", most)):
        found += _share_faults(f"spec.{key}", value)
    return found


def _share_faults(path: str, value: object) -> list[Cause]:
    """What is wrong with a number or a percentage."""
    if not isinstance(value, str):
        return at_least(path, value)
    share = value.removesuffix("%")
    if not share.isdigit() or share == value:
        why = "a valid percent string must be a numeric string followed by an ending '%'"
        rule = f"{why} (e.g. '1%',  or '93%', regex used for validation is '[0-9]+%')"
        return [invalid(path, value, rule)]
    return [invalid(path, value, "must not be greater than 100%")] if int(share) > 100 else []


def _default_range(new: Object) -> None:
    """A limit that is not said is the greatest; a request that is not said is the limit."""
    for each in objects(new, "spec", "limits"):
        if text(each, "type") != "Container":
            continue
        limits = {**section(each, "max"), **section(each, "default")}
        if limits:
            each["default"] = limits
        if requests := {**section(each, "min"), **limits, **section(each, "defaultRequest")}:
            each["defaultRequest"] = requests


def _check_range(new: Object, old: Object | None) -> list[Cause]:
    found: list[Cause] = []
    for index, each in enumerate(objects(new, "spec", "limits")):
        found += _limit_faults(each, f"spec.limits[{index}]")
    return found


def _limit_faults(limit: Object, path: str) -> Iterator[Cause]:
    for name, least in sorted(section(limit, "min").items()):
        for kind, told, field in (("max", "max", "min"),
                ("defaultRequest", "default request", "defaultRequest"),
                ("default", "default", "default")):  # fmt: skip
            most = at(limit, kind, name)
            if most is None or worth_of(least) <= worth_of(most):
                continue
            low, high = canonical(least), canonical(most)
            # As the real server has it: the value that it shows is not always the wrong one.
            shown = high if kind == "defaultRequest" else low
            why = f"min value {low} is greater than {told} value {high}"
            yield invalid(f"{path}.{field}[{name}]", shown, why)


def _check_quota(new: Object, old: Object | None) -> list[Cause]:
    return [
        invalid(f"spec.hard[{name}]", canonical(each), "must be greater than or equal to 0")
        for name, each in sorted(section(new, "spec", "hard").items())
        if worth_of(each) < 0
    ]


def _check_lease(new: Object, old: Object | None) -> list[Cause]:
    spec = section(new, "spec")
    seconds = spec.get("leaseDurationSeconds")
    found = []
    if isinstance(seconds, int) and seconds <= 0:
        found.append(invalid("spec.leaseDurationSeconds", seconds, "must be greater than 0"))
    return found + at_least("spec.leaseTransitions", spec.get("leaseTransitions"))


SCALER = Strategy(_default_scaler, check=_check_scaler)
BUDGET = Strategy(check=_check_budget)
LIMIT_RANGE = Strategy(_default_range, check=_check_range)
QUOTA = Strategy(check=_check_quota)
LEASE = Strategy(check=_check_lease)
