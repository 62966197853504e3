"""All about access that a server is put together from."""

from __future__ import annotations

from dataclasses import dataclass

from apiserver.access.account_token import Signer
from apiserver.access.authentication import Authentication
from apiserver.access.escalation import Escalation
from apiserver.access.gate import Gate
from apiserver.access.identity import ADMIN, User
from apiserver.access.keyring import Keyring
from apiserver.access.policy import Everything, Policy
from apiserver.access.review import Reviews
from apiserver.access.token_request import TokenRequests
from apiserver.cluster import Cluster
from apiserver.resource import Resource
from apiserver.strategy import Strategies, guarded

RBAC = "rbac.authorization.k8s.io"


@dataclass(frozen=True, slots=True)
class Rights:
    """Who asks and what they may. `policy` is None where nothing is refused to anybody."""

    gate: Gate
    reviews: Reviews
    tokens: TokenRequests
    policy: Policy | None

    def strategies(self, resource: Resource, user: User, rules: Strategies) -> Strategies:
        """The rules for writes of one user, who may not give more rights than they have."""
        if self.policy is None or resource.group != RBAC or user.is_master:
            return rules
        return guarded(rules, resource, Escalation(self.policy, user, resource).check)


def open_rights(cluster: Cluster, keyring: Keyring) -> Rights:
    """Everybody is the administrator who is nobody else, and nothing is refused to anybody."""
    signer = Signer(keyring.accounts)
    authentication = Authentication(
        cluster, signer, {keyring.token: ADMIN}, nobody=ADMIN, lenient=True
    )
    authoriser = Everything()
    return Rights(
        Gate(authentication, authoriser),
        Reviews(authentication, authoriser),
        TokenRequests(cluster, signer),
        None,
    )


def guarded_rights(cluster: Cluster, keyring: Keyring) -> Rights:
    """Who asks has to say who they are, and may what roles and bindings say."""
    signer, policy = Signer(keyring.accounts), Policy(cluster.storage)
    authentication = Authentication(cluster, signer, {keyring.token: ADMIN})
    return Rights(
        Gate(authentication, policy),
        Reviews(authentication, policy),
        TokenRequests(cluster, signer),
        policy,
    )
