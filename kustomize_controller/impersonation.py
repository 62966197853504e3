"""In whose name the cluster is spoken to."""

from __future__ import annotations

from dataclasses import dataclass

from kustomize_controller.admission import Rules, account_of
from shared.api.kustomization import Kustomization
from shared.cluster.client import Client
from shared.cluster.impersonation import acting_for


@dataclass(frozen=True, slots=True)
class Accounts:
    """The rights that Kustomizations have. `client`: with the controller's own."""

    client: Client
    rules: Rules

    def client_of(self, ks: Kustomization) -> Client:
        """The cluster with the rights of a Kustomization. Its account is always one of its own
        namespace; whether that exists is for the API server to say."""
        return acting_for(self.client, ks.metadata.namespace, account_of(ks, self.rules))
