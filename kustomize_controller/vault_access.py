"""Who may speak to a Vault without a token of its own: accounts, where the operator has listed
it, and this process, where its environment holds a token."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from kustomize_controller.problem import KustomizationProblem
from kustomize_controller.sops.value import SopsProblem
from kustomize_controller.sops.vault import OwnToken, Pass, Passes, normal
from kustomize_controller.sops.vault_login import (
    ENTRY,
    Login,
    VaultLogins,
    VaultToken,
    logins_in,
)
from shared.cloud.identity import Identity
from shared.cloud.keep import Keep
from shared.cloud.surroundings import Surroundings
from shared.cluster.client import Client
from shared.cluster.error import ClusterError, NotFound
from shared.cluster.workload import own_account
from shared.manifest.identity import Ref, section

TOKEN, ADDRESS = "VAULT_TOKEN", "VAULT_ADDR"


@dataclass(slots=True)
class VaultAccess:
    """`client`: with the rights of the controller; `logins`: the ConfigMap that lists where one
    signs in, if there is one (`--sops-vault-configmap`)."""

    client: Client
    surroundings: Surroundings
    keep: Keep[VaultToken]
    logins: Ref | None = None
    _own: Identity | None = None

    def of(self, identity: Identity) -> Passes | None:
        """How an identity gets at a Vault; None: not at all. Signing in comes before the token in
        the environment, as in Flux."""
        if self.logins is not None:
            return VaultLogins(
                self._listed, lambda: self._account(identity), self.surroundings, self.keep
            )
        token = self.surroundings.variable(TOKEN)
        if not token:
            return None
        where = f"set {ADDRESS} to its address beside {TOKEN} in the controller's environment"
        return OwnToken(Pass(token), self._addresses(), where)

    def _addresses(self) -> frozenset[str]:
        """The Vault that the environment names beside the token."""
        try:
            return frozenset({normal(self.surroundings.variable(ADDRESS))})
        except SopsProblem:
            return frozenset()

    async def _listed(self) -> Mapping[str, Login]:
        if self.logins is None:
            raise AssertionError("there is a ConfigMap")
        place = f"--sops-vault-configmap: {self.logins}"
        try:
            found = await self.client.get(self.logins)
        except NotFound:
            raise KustomizationProblem(f"{place} not found") from None
        except ClusterError as error:
            raise KustomizationProblem(f"{place}: {error}") from error
        try:
            return logins_in(str(section(found, "data").get(ENTRY, "")))
        except SopsProblem as problem:
            raise KustomizationProblem(f"{place}: {problem}") from None

    async def _account(self, identity: Identity) -> Identity:
        """The account that signs in: for this process the one that it runs as."""
        if identity.account:
            return identity
        if self._own is None:
            self._own = await own_account(self.client)
        return self._own
