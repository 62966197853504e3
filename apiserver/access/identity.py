"""Who somebody is to the API server."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from apiserver.value import Object

MASTERS = "system:masters"
AUTHENTICATED = "system:authenticated"
UNAUTHENTICATED = "system:unauthenticated"
ANONYMOUS = "system:anonymous"
ACCOUNTS = "system:serviceaccounts"
_ACCOUNT_PREFIX = "system:serviceaccount:"


@dataclass(frozen=True, slots=True)
class User:
    """A person or a program, as authentication or impersonation says."""

    name: str
    groups: tuple[str, ...] = ()
    uid: str = ""
    extra: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def is_master(self) -> bool:
        """Whether nothing is refused to them."""
        return MASTERS in self.groups

    def known(self) -> User:
        """The same, as a member of the group of all who were authenticated."""
        if self.name == ANONYMOUS or AUTHENTICATED in self.groups:
            return self
        return replace(self, groups=(*self.groups, AUTHENTICATED))

    def as_object(self) -> Object:
        """As a UserInfo of `authentication.k8s.io`."""
        found: Object = {"username": self.name}
        if self.uid:
            found["uid"] = self.uid
        if self.groups:
            found["groups"] = list(self.groups)
        if self.extra:
            found["extra"] = {key: list(values) for key, values in self.extra.items()}
        return found


ADMIN = User("kubernetes-admin", (MASTERS, AUTHENTICATED))
"""Who everybody is on an open server, and whose the administrator's kubeconfig is."""


def account_name(namespace: str, name: str) -> str:
    """The user name of a ServiceAccount."""
    return f"{_ACCOUNT_PREFIX}{namespace}:{name}"


def account_of(user: str) -> tuple[str, str] | None:
    """Namespace and name of the ServiceAccount that a user name means; None where it means none."""
    namespace, found, name = user.removeprefix(_ACCOUNT_PREFIX).partition(":")
    if not user.startswith(_ACCOUNT_PREFIX) or not found or not namespace or not name:
        return None
    return namespace, name


def account_groups(namespace: str) -> tuple[str, ...]:
    """The groups of every ServiceAccount of a namespace."""
    return ACCOUNTS, f"{ACCOUNTS}:{namespace}"
