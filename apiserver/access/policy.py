"""What the stored roles and bindings allow.

Behaviour: the RBAC authoriser of Kubernetes 1.36, its reasons too.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

from apiserver.access.attribute import Attributes
from apiserver.access.grant import ALL, Rule, rules_of
from apiserver.access.identity import User, account_name
from apiserver.storage import Event, Record, Storage
from apiserver.value import Object, objects, section, text

GROUP = "rbac.authorization.k8s.io"
ROLES = (GROUP, "roles")
CLUSTER_ROLES = (GROUP, "clusterroles")
BINDINGS = (GROUP, "rolebindings")
CLUSTER_BINDINGS = (GROUP, "clusterrolebindings")

Subject = tuple[str, str]
"""`User` or `Group`, and the name; a ServiceAccount is the user that it authenticates as."""


@dataclass(frozen=True, slots=True)
class Decision:
    """Whether a request may be carried out, and why, or why not."""

    allowed: bool
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Holdings:
    """All rules that apply to somebody in one namespace. `lack` tells of roles that are missing."""

    rules: tuple[Rule, ...]
    lack: str = ""


class Authoriser(Protocol):
    """Decides what users may do."""

    def decide(self, user: User, about: Attributes) -> Decision:
        """Whether the user may do it."""

    def holdings(self, user: User, namespace: str) -> Holdings:
        """All rules that apply to a user in a namespace; empty for the cluster as a whole."""


class Everything:
    """Allows everything to everybody."""

    def decide(self, user: User, about: Attributes) -> Decision:
        """They may."""
        return Decision(allowed=True)

    def holdings(self, user: User, namespace: str) -> Holdings:
        """Every verb on every resource and path."""
        return Holdings((Rule((ALL,), (ALL,), (ALL,)), Rule((ALL,), paths=(ALL,))))


@dataclass(frozen=True, slots=True)
class Grant:
    """What one binding gives one of its subjects."""

    why: str
    rules: tuple[Rule, ...]
    lack: str = ""


Grants = dict[Subject, list[Grant]]


class Policy:
    """Reads roles and bindings from a storage; what it made of them is forgotten when one is
    written."""

    def __init__(self, storage: Storage) -> None:
        self._storage = storage
        self._grants: dict[str, Grants] = {}
        storage.subscribe(self._notice)

    def decide(self, user: User, about: Attributes) -> Decision:
        """Whether a binding lets the user do it. Nothing is refused to `system:masters`."""
        if user.is_master:
            return Decision(allowed=True)
        lacking: dict[str, None] = {}
        for grant in self._of(user, about.namespace):
            if any(rule.allows(about) for rule in grant.rules):
                return Decision(allowed=True, reason=f"RBAC: allowed by {grant.why}")
            if grant.lack:
                lacking[grant.lack] = None
        reason = f"RBAC: {_all_of(lacking)}" if lacking else ""
        return Decision(allowed=False, reason=reason)

    def holdings(self, user: User, namespace: str) -> Holdings:
        """The rules of all bindings for the user, of the cluster and of one namespace."""
        grants = list(self._of(user, namespace))
        rules = tuple(rule for grant in grants for rule in grant.rules)
        return Holdings(rules, _all_of({grant.lack: None for grant in grants if grant.lack}))

    def role_rules(self, reference: Object, namespace: str) -> tuple[Rule, ...] | None:
        """The rules of the role that a binding names; None where it is not there."""
        record = self._role(reference, namespace)
        return None if record is None else rules_of(record.object)

    def _of(self, user: User, namespace: str) -> Iterator[Grant]:
        subjects = [("User", user.name), *(("Group", group) for group in user.groups)]
        for scope in ("", namespace) if namespace else ("",):
            grants = self._granted_in(scope)
            for subject in subjects:
                yield from grants.get(subject, ())

    def _granted_in(self, scope: str) -> Grants:
        known = self._grants.get(scope)
        if known is None:
            known = self._gather(scope)
            # Anybody may ask about namespaces that do not exist: nothing is kept of those.
            if known:
                self._grants[scope] = known
        return known

    def _gather(self, scope: str) -> Grants:
        found: Grants = {}
        shelf = self._storage.shelf(BINDINGS if scope else CLUSTER_BINDINGS)
        for record in shelf.in_order(scope):
            for subject in objects(record.object, "subjects"):
                key = _key(subject, scope)
                found.setdefault(key, []).append(self._grant(record, subject, scope))
        return found

    def _grant(self, binding: Record, subject: Object, scope: str) -> Grant:
        reference = section(binding.object, "roleRef")
        kind, name = text(reference, "kind"), text(reference, "name")
        bound = "/".join(filter(None, (binding.key[1], binding.key[0])))
        binder = "RoleBinding" if scope else "ClusterRoleBinding"
        why = f'{binder} "{bound}" of {kind} "{name}" to {_told(subject, scope)}'
        rules = self.role_rules(reference, scope)
        if rules is None:
            return Grant(why, (), f'{kind.lower()}.{GROUP} "{name}" not found')
        return Grant(why, rules)

    def _role(self, reference: Object, namespace: str) -> Record | None:
        name = text(reference, "name")
        if text(reference, "kind") == "ClusterRole":
            return self._storage.find(CLUSTER_ROLES, "", name)
        return self._storage.find(ROLES, namespace, name)

    def _notice(self, event: Event) -> None:
        if event.shelf[0] == GROUP:
            self._grants.clear()


def _key(subject: Object, scope: str) -> Subject:
    kind, name = text(subject, "kind"), text(subject, "name")
    if kind == "ServiceAccount":
        return "User", account_name(text(subject, "namespace") or scope, name)
    return kind, name


def _told(subject: Object, scope: str) -> str:
    kind, name = text(subject, "kind"), text(subject, "name")
    if kind == "ServiceAccount":
        name = f"{name}/{text(subject, 'namespace') or scope}"
    return f'{kind} "{name}"'


def _all_of(lacking: dict[str, None]) -> str:
    return next(iter(lacking)) if len(lacking) == 1 else _listed(lacking)


def _listed(lacking: dict[str, None]) -> str:
    return f"[{', '.join(lacking)}]" if lacking else ""
