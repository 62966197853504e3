"""Acting as somebody else, where one may.

Behaviour: the Impersonate-* headers of Kubernetes 1.36, with the verb `impersonate`. The finer
rights of constrained impersonation are told of in refusals, as there, and grant nothing here.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from urllib.parse import unquote

from multidict import CIMultiDictProxy

from apiserver.access.attribute import Attributes, forbidden
from apiserver.access.identity import User, account_groups, account_of
from apiserver.access.policy import Authoriser
from apiserver.refusal import bad_request

_EXTRA = "impersonate-extra-"
_GROUP = "authentication.k8s.io"


def wanted(headers: CIMultiDictProxy[str]) -> User | None:
    """Who the sender wants to act as; None: themselves. Raises a 400 for groups without a user."""
    name = headers.get("Impersonate-User", "")
    groups = tuple(headers.getall("Impersonate-Group", ()))
    user = User(name, groups, headers.get("Impersonate-Uid", ""), _extra(headers))
    if name:
        return user
    if user.groups or user.uid or user.extra:
        raise bad_request("requested to impersonate without impersonating a user name")
    return None


def _extra(headers: CIMultiDictProxy[str]) -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for header, value in headers.items():
        if header.lower().startswith(_EXTRA):
            key = unquote(header[len(_EXTRA) :]).lower()
            found[key] = (*found.get(key, ()), value)
    return found


def impersonated(sender: User, other: User, about: Attributes, authoriser: Authoriser) -> User:
    """The other user, as a request of theirs counts. Raises a 403 where the sender may not."""
    account = account_of(other.name)
    if not all(authoriser.decide(sender, right).allowed for right in _rights(other)):
        mode = "serviceaccount" if account else "user-info"
        verb = f"impersonate-on:{mode}:{about.verb}"
        raise forbidden(sender.name, replace(about, verb=verb))
    if account and not other.groups:
        other = replace(other, groups=account_groups(account[0]))
    return other.known()


def _rights(other: User) -> Iterator[Attributes]:
    """What the sender needs."""
    if account := account_of(other.name):
        namespace, name = account
        yield Attributes("impersonate", "", "v1", "serviceaccounts", namespace=namespace, name=name)
    else:
        yield Attributes("impersonate", "", "v1", "users", name=other.name)
    for group in other.groups:
        yield Attributes("impersonate", "", "v1", "groups", name=group)
    if other.uid:
        yield Attributes("impersonate", _GROUP, "v1", "uids", name=other.uid)
    for key, values in other.extra.items():
        for value in values:
            yield Attributes("impersonate", _GROUP, "v1", "userextras", key, name=value)
