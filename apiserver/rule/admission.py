"""Webhook configurations, policies, API services: kinds with defaults and little more."""

from __future__ import annotations

from collections.abc import Iterator

from apiserver.cause import forbidden, invalid, required, unsupported
from apiserver.refusal import Cause
from apiserver.strategy import Strategy
from apiserver.value import Object, number, objects, part, section, text


def _default_webhooks(new: Object) -> None:
    for hook in objects(new, "webhooks"):
        for key, value in (("failurePolicy", "Fail"), ("matchPolicy", "Equivalent"),
                ("timeoutSeconds", 10)):  # fmt: skip
            hook.setdefault(key, value)
        part(hook, "namespaceSelector")
        part(hook, "objectSelector")
        if service := section(hook, "clientConfig", "service"):
            service.setdefault("port", 443)
        for rule in objects(hook, "rules"):
            rule.setdefault("scope", "*")


def _default_mutating(new: Object) -> None:
    _default_webhooks(new)
    for hook in objects(new, "webhooks"):
        hook.setdefault("reinvocationPolicy", "Never")


def _default_priority(new: Object) -> None:
    new.setdefault("preemptionPolicy", "PreemptLowerPriority")


def _default_policy(new: Object) -> None:
    spec = part(new, "spec")
    spec.setdefault("failurePolicy", "Fail")
    match = part(spec, "matchConstraints")
    match.setdefault("matchPolicy", "Equivalent")
    part(match, "namespaceSelector")
    part(match, "objectSelector")
    for rule in objects(match, "resourceRules"):
        rule.setdefault("scope", "*")


def _default_api_service(new: Object) -> None:
    if section(new, "spec", "service"):
        part(new, "spec", "service").setdefault("port", 443)


def _check_priority(new: Object, old: Object | None) -> list[Cause]:
    if old is None or new.get("value") == old.get("value"):
        return []
    return [forbidden("value", "may not be changed in an update.")]


def _check_webhooks(new: Object, old: Object | None) -> list[Cause]:
    found: list[Cause] = []
    for index, hook in enumerate(objects(new, "webhooks")):
        found += _webhook_faults(hook, f"webhooks[{index}]")
    return found


_SIDE_EFFECTS = ("None", "NoneOnDryRun")
_POLICIES = ("Fail", "Ignore")


def _webhook_faults(hook: Object, path: str) -> Iterator[Cause]:
    name, effects = text(hook, "name"), text(hook, "sideEffects")
    if name.count(".") < 2:
        why = "should be a domain with at least three segments separated by dots"
        yield invalid(f"{path}.name", name, why) if name else required(f"{path}.name")
    if text(hook, "failurePolicy") not in _POLICIES:
        yield unsupported(f"{path}.failurePolicy", hook.get("failurePolicy"), _POLICIES)
    if not effects:
        yield required(f"{path}.sideEffects", f"must specify one of {', '.join(_SIDE_EFFECTS)}")
    elif effects not in _SIDE_EFFECTS:
        yield unsupported(f"{path}.sideEffects", effects, _SIDE_EFFECTS)
    if not 1 <= (seconds := number(hook, "timeoutSeconds")) <= _LONGEST:
        why = f"the timeout value must be between 1 and {_LONGEST} seconds"
        yield invalid(f"{path}.timeoutSeconds", seconds, why)
    ways = section(hook, "clientConfig").keys() & {"url", "service"}
    if len(ways) != 1:
        yield required(f"{path}.clientConfig", "exactly one of url or service is required")
    if not hook.get("admissionReviewVersions"):
        yield required(f"{path}.admissionReviewVersions", "must specify one of v1, v1beta1")


_LONGEST = 30


VALIDATING = Strategy(_default_webhooks, check=_check_webhooks)
MUTATING = Strategy(_default_mutating, check=_check_webhooks)
PRIORITY_CLASS = Strategy(_default_priority, check=_check_priority)
POLICY = Strategy(_default_policy)
API_SERVICE = Strategy(_default_api_service)
