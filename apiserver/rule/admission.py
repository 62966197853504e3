"""Webhook configurations, policies, API services: kinds with defaults and little more."""

from __future__ import annotations

from apiserver.cause import forbidden
from apiserver.refusal import Cause
from apiserver.strategy import Strategy
from apiserver.value import Object, objects, part, section


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


VALIDATING = Strategy(_default_webhooks)
MUTATING = Strategy(_default_mutating)
PRIORITY_CLASS = Strategy(_default_priority, check=_check_priority)
POLICY = Strategy(_default_policy)
API_SERVICE = Strategy(_default_api_service)
