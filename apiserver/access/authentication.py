"""Who asks: by client certificate or bearer token."""

from __future__ import annotations

import hmac
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from apiserver.access.account_token import INVALID, ISSUER, Bound, Claims, Signer, TokenError
from apiserver.access.identity import User, account_groups, account_name
from apiserver.cluster import Cluster
from apiserver.refusal import Refusal

_CREDENTIAL = "authentication.kubernetes.io/credential-id"
_KINDS = {"pod": "Pod", "secret": "Secret", "node": "Node"}
Certificate = Mapping[str, object]
"""A client certificate that the authority signed, as Python's `ssl` tells of it."""


def unauthorized() -> Refusal:
    """401: nobody that is known here."""
    return Refusal(401, "Unauthorized", "Unauthorized")


@dataclass(frozen=True, slots=True)
class Authentication:
    """Knows users. `tokens` are static ones; `nobody` is who asks without credentials: None where
    that is refused; `lenient`: unknown tokens count as no credentials."""

    cluster: Cluster
    signer: Signer
    tokens: Mapping[str, User] = field(default_factory=dict, repr=False)
    nobody: User | None = None
    lenient: bool = False

    def user_of(self, authorization: str, certificate: Certificate | None) -> User:
        """Who sent the request. Raises a 401."""
        if certificate:
            return certified(certificate)
        kind, _, token = authorization.partition(" ")
        if kind.lower() == "bearer" and token.strip():
            try:
                return self.bearer(token.strip())
            except TokenError as error:
                if not self.lenient:
                    raise unauthorized() from error
        if self.nobody is None:
            raise unauthorized()
        return self.nobody

    def bearer(self, token: str, audiences: Iterable[str] = (ISSUER,)) -> User:
        """Whose token that is. Raises TokenError."""
        for known, user in self.tokens.items():
            if hmac.compare_digest(known.encode(), token.encode()):
                return user
        claims = self.signer.read(token, self.cluster.clock.now(), audiences)
        self._require_alive(claims)
        return _account(claims)

    def _require_alive(self, claims: Claims) -> None:
        """A token ends with its account and with the object that it is bound to."""
        for each in filter(None, (claims.account, claims.bound)):
            if self._uid(each, claims.namespace) != each.uid:
                raise TokenError(f"[{INVALID}, service account token has been invalidated]")

    def _uid(self, bound: Bound, namespace: str) -> str:
        resource = self.cluster.kind("", _KINDS.get(bound.kind, "ServiceAccount"))
        where = namespace if resource.namespaced else ""
        record = self.cluster.find(resource, where, bound.name)
        return record.uid if record else ""


def _account(claims: Claims) -> User:
    extra = {_CREDENTIAL: (f"JTI={claims.number}",)}
    if bound := claims.bound:
        extra[f"authentication.kubernetes.io/{bound.kind}-name"] = (bound.name,)
        extra[f"authentication.kubernetes.io/{bound.kind}-uid"] = (bound.uid,)
    name = account_name(claims.namespace, claims.account.name)
    groups = account_groups(claims.namespace)
    return User(name, groups, claims.account.uid, extra).known()


def certified(certificate: Certificate) -> User:
    """Whose certificate that is: the common name is the user, organisations are the groups.
    Raises a 401 where it names nobody."""
    fields = _subject(certificate.get("subject"))
    names = [value for key, value in fields if key == "commonName"]
    if not names:
        raise unauthorized()
    groups = tuple(value for key, value in fields if key == "organizationName")
    return User(names[-1], groups).known()


def _subject(subject: object) -> list[tuple[str, str]]:
    if not isinstance(subject, tuple):
        return []
    return [(str(key), str(value)) for part in subject for key, value in part]
