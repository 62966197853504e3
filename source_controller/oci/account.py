"""Image pull secrets of service accounts, read from the API server each time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from shared.cluster.error import NotFound
from shared.manifest.identity import Manifest, Ref
from shared.problem import Problem


class Client(Protocol):
    """The API server (shared.cluster.client.Client)."""

    async def get(self, ref: Ref) -> Manifest:
        """An object. Raises ClusterError."""


class AccountProblem(Problem):
    """A service account is missing."""


@dataclass(frozen=True, slots=True)
class ClusterAccounts:
    """The service accounts of a cluster."""

    client: Client

    async def pull_secrets(self, namespace: str, name: str) -> list[str]:
        """The names of an account's image pull secrets. Raises a Problem where it cannot be
        read."""
        try:
            manifest = await self.client.get(Ref("", "ServiceAccount", namespace, name))
        except NotFound:
            # In the words of Kubernetes, which Flux passes on.
            raise AccountProblem(f'serviceaccounts "{name}" not found') from None
        listed = manifest.get("imagePullSecrets")
        entries = listed if isinstance(listed, list) else []
        names = (entry.get("name") for entry in entries if isinstance(entry, dict))
        return [name for name in names if isinstance(name, str) and name]
