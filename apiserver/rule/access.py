"""RBAC: roles, bindings and service accounts."""

from __future__ import annotations

from collections.abc import Iterator

from apiserver import naming
from apiserver.cause import invalid, required, unsupported
from apiserver.refusal import Cause
from apiserver.strategy import Strategy
from apiserver.value import Object, objects, part, same, section, strings, text

GROUP = "rbac.authorization.k8s.io"
_ROLES = ("Role", "ClusterRole")
_SUBJECTS = ("ServiceAccount", "User", "Group")


def _default_binding(new: Object) -> None:
    if not text(new, "roleRef", "apiGroup"):
        part(new, "roleRef")["apiGroup"] = GROUP
    for subject in objects(new, "subjects"):
        if text(subject, "kind") in ("User", "Group"):
            subject.setdefault("apiGroup", GROUP)


def _check_binding(new: Object, old: Object | None) -> list[Cause]:
    role, is_bound = section(new, "roleRef"), bool(text(new, "metadata", "namespace"))
    found = []
    if text(role, "apiGroup") != GROUP:
        found.append(unsupported("roleRef.apiGroup", text(role, "apiGroup"), (GROUP,)))
    if text(role, "kind") not in _ROLES:
        found.append(unsupported("roleRef.kind", role.get("kind", ""), _ROLES))
    name = text(role, "name")
    if not name:
        found.append(required("roleRef.name"))
    found += [invalid("roleRef.name", name, why) for why in naming.path_segment(name)]
    for index, subject in enumerate(objects(new, "subjects")):
        found += _subject_faults(subject, f"subjects[{index}]", is_bound=is_bound)
    if old is not None and not same(role, section(old, "roleRef")):
        # The real server shows what it holds in Go.
        shown: Object = {
            key: text(role, name)
            for key, name in (("APIGroup", "apiGroup"), ("Kind", "kind"), ("Name", "name"))
        }
        found.append(invalid("roleRef", shown, "cannot change roleRef"))
    return found


def _subject_faults(subject: Object, path: str, *, is_bound: bool) -> Iterator[Cause]:
    kind = text(subject, "kind")
    if not text(subject, "name"):
        yield required(f"{path}.name")
    if kind not in _SUBJECTS:
        yield unsupported(f"{path}.kind", kind, _SUBJECTS)
        return
    group, wanted = text(subject, "apiGroup"), "" if kind == "ServiceAccount" else GROUP
    if group != wanted:
        yield unsupported(f"{path}.apiGroup", group, (wanted,))
    if kind == "ServiceAccount" and not is_bound and not text(subject, "namespace"):
        yield required(f"{path}.namespace")


def _check_role(new: Object, old: Object | None) -> list[Cause]:
    is_bound = bool(text(new, "metadata", "namespace"))
    found: list[Cause] = []
    for index, rule in enumerate(objects(new, "rules")):
        found += _rule_faults(rule, f"rules[{index}]", is_bound=is_bound)
    return found


def _rule_faults(rule: Object, path: str, *, is_bound: bool) -> Iterator[Cause]:
    if not rule.get("verbs"):
        yield required(f"{path}.verbs", "verbs must contain at least one value")
    if urls := strings(rule, "nonResourceURLs"):
        if is_bound:
            why = "namespaced rules cannot apply to non-resource URLs"
            yield invalid(f"{path}.nonResourceURLs", urls, why)
        if any(rule.get(key) for key in ("apiGroups", "resources", "resourceNames")):
            why = "rules cannot apply to both regular resources and non-resource URLs"
            yield invalid(f"{path}.nonResourceURLs", urls, why)
        return
    if not rule.get("apiGroups"):
        yield required(f"{path}.apiGroups", "resource rules must supply at least one api group")
    if not rule.get("resources"):
        yield required(f"{path}.resources", "resource rules must supply at least one resource")


BINDING = Strategy(_default_binding, check=_check_binding)
ROLE = Strategy(check=_check_role)
