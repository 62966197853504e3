"""Service accounts whose tokens clouds take (shared.cloud.identity.Accounts)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from shared.cloud.identity import Identity
from shared.cluster.account_token import Account, issued
from shared.cluster.client import Client
from shared.cluster.error import ClusterError, NotFound
from shared.manifest.identity import Manifest, Ref, metadata, section, text
from shared.problem import Problem
from shared.reconcile.clock import Clock

MANAGER = "penstock"


class AccountProblem(Problem):
    """A service account cannot be used. The message names it."""


@dataclass(frozen=True, slots=True)
class WorkloadAccounts:
    """Service accounts, read with the rights of the controller, which has to have those to `get
    serviceaccounts` and to `create serviceaccounts/token`."""

    client: Client
    clock: Clock

    async def annotations(self, identity: Identity) -> Mapping[str, str]:
        """The annotations of an account, as they are now. Raises AccountProblem."""
        ref = Ref("", "ServiceAccount", identity.namespace, identity.account)
        try:
            found = await self.client.get(ref)
        except NotFound:
            raise AccountProblem(f"{ref} not found") from None
        except ClusterError as error:
            raise AccountProblem(f"{ref} cannot be read: {error}") from error
        said = section(metadata(found), "annotations")
        return {key: value for key, value in said.items() if isinstance(value, str)}

    async def token(self, identity: Identity, audiences: Sequence[str]) -> str:
        """A fresh token of an account, good for the audiences alone. Raises ClusterError."""
        account = Account(identity.namespace, identity.account, tuple(audiences))
        return (await issued(self.client, account, self.clock)).text


async def own_account(client: Client) -> Identity:
    """The service account that this process is for the API server. Raises AccountProblem where it
    is none."""
    review: Manifest = {"apiVersion": "authentication.k8s.io/v1", "kind": "SelfSubjectReview"}
    try:
        found = await client.create({**review, "metadata": {}}, manager=MANAGER)
    except ClusterError as error:
        raise AccountProblem(f"who this process is cannot be found out: {error}") from error
    name = text(section(section(found, "status"), "userInfo"), "username")
    _, _, rest = name.partition("system:serviceaccount:")
    namespace, _, account = rest.partition(":")
    if not account:
        raise AccountProblem(
            f"this process is {name[:200]!r} for the API server and no service account: name one "
            "in the object"
        )
    return Identity(namespace, account)
