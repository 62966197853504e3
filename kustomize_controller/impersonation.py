"""In whose name the cluster is spoken to."""

from __future__ import annotations

from dataclasses import dataclass

from kustomize_controller.admission import Rules, account_of
from shared.api.kustomization import Kustomization
from shared.cluster.client import Client
from shared.cluster.error import NotFound
from shared.cluster.impersonation import acting_for
from shared.manifest.identity import Ref


@dataclass(frozen=True, slots=True)
class Accounts:
    """The rights that Kustomizations have. `client`: with the controller's own."""

    client: Client
    rules: Rules

    def client_of(self, ks: Kustomization) -> Client:
        """The cluster with the rights of a Kustomization. Its account is always one of its own
        namespace; whether that exists is for the API server to say."""
        return acting_for(self.client, ks.metadata.namespace, account_of(ks, self.rules))

    async def exists(self, ks: Kustomization) -> bool:
        """Whether the account is there. Raises ClusterError where nobody knows: that it is gone
        has to be certain before anything is left behind."""
        account = account_of(ks, self.rules)
        if not account:
            return True
        try:
            await self.client.get(Ref("", "ServiceAccount", ks.metadata.namespace, account))
        except NotFound:
            return False
        return True
