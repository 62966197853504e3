"""RBAC: roles, bindings and service accounts."""

from __future__ import annotations

from apiserver.refusal import Cause
from apiserver.rule.fault import invalid, required
from apiserver.strategy import Strategy
from apiserver.value import Object, objects, part, same, section, text

GROUP = "rbac.authorization.k8s.io"


def _default_binding(new: Object) -> None:
    if section(new, "roleRef"):
        part(new, "roleRef").setdefault("apiGroup", GROUP)
    for subject in objects(new, "subjects"):
        if text(subject, "kind") in ("User", "Group"):
            subject.setdefault("apiGroup", GROUP)


def _check_binding(new: Object, old: Object | None) -> list[Cause]:
    role = section(new, "roleRef")
    found = [] if text(role, "name") else [required("roleRef.name")]
    if old is not None and not same(role, section(old, "roleRef")):
        found.append(invalid("roleRef", role, "cannot change roleRef"))
    for index, subject in enumerate(objects(new, "subjects")):
        if text(subject, "kind") == "ServiceAccount" and not text(subject, "namespace"):
            found.append(required(f"subjects[{index}].namespace"))
    return found


def _check_role(new: Object, old: Object | None) -> list[Cause]:
    found = []
    for index, rule in enumerate(objects(new, "rules")):
        if not rule.get("verbs"):
            why = "verbs must contain at least one value"
            found.append(required(f"rules[{index}].verbs", why))
    return found


BINDING = Strategy(_default_binding, check=_check_binding)
ROLE = Strategy(check=_check_role)
