"""Nobody gives away by roles and bindings what they do not have.

Behaviour: the RBAC registries of Kubernetes 1.36, their words too.
"""

from __future__ import annotations

from collections.abc import Callable

from apiserver.access.attribute import Attributes
from apiserver.access.grant import ALL, Rule, listed, missing, rules_of
from apiserver.access.identity import User
from apiserver.access.policy import GROUP, Policy
from apiserver.refusal import bad_request, forbidden, not_found
from apiserver.resource import Resource
from apiserver.value import Object, section, text

Check = Callable[[Object, Object | None], None]
"""Raises a refusal where a new state of an object (with its old one) may not be written."""

_EVERYTHING = (Rule((ALL,), (ALL,), (ALL,)), Rule((ALL,), paths=(ALL,)))


class Escalation:
    """The check for one user's write to one resource of RBAC."""

    def __init__(self, policy: Policy, user: User, resource: Resource) -> None:
        self._policy = policy
        self._user = user
        self._resource = resource

    def check(self, new: Object, old: Object | None) -> None:
        """Raises a 403 where the user would give more than they have. 404 or 400: a binding to a
        role that is not there, or cannot be."""
        if self._user.is_master:
            return
        if self._resource.kind in ("Role", "ClusterRole"):
            self._check_role(new, old)
        else:
            self._check_binding(new)

    def _check_role(self, new: Object, old: Object | None) -> None:
        namespace, name = _place(new)
        if self._may("escalate", self._resource.plural, namespace, name):
            return
        self._require(rules_of(new), namespace, name)
        if "aggregationRule" in new or "aggregationRule" in (old or {}):
            held = self._policy.holdings(self._user, "").rules
            if missing(held, _EVERYTHING):
                why = "must have cluster-admin privileges to use the aggregationRule"
                raise forbidden(self._resource, name, why)

    def _check_binding(self, new: Object) -> None:
        namespace, name = _place(new)
        reference = section(new, "roleRef")
        plural = "clusterroles" if text(reference, "kind") == "ClusterRole" else "roles"
        if self._may("bind", plural, namespace, text(reference, "name")):
            return
        if plural == "roles" and not namespace:
            raise bad_request("Namespace parameter required.")
        rules = self._policy.role_rules(reference, namespace)
        if rules is None:
            raise not_found(self._resource, text(reference, "name"))
        self._require(rules, namespace, name)

    def _may(self, verb: str, plural: str, namespace: str, name: str) -> bool:
        about = Attributes(verb, GROUP, "v1", plural, namespace=namespace, name=name)
        return self._policy.decide(self._user, about).allowed

    def _require(self, rules: tuple[Rule, ...], namespace: str, name: str) -> None:
        lacking = missing(self._policy.holdings(self._user, namespace).rules, rules)
        if lacking:
            groups = listed(self._user.groups)
            why = (
                f'user "{self._user.name}" (groups={groups}) is attempting to grant RBAC '
                "permissions not currently held:\n"
            )
            raise forbidden(self._resource, name, why + "\n".join(map(str, lacking)))


def _place(content: Object) -> tuple[str, str]:
    return text(content, "metadata", "namespace"), text(content, "metadata", "name")
