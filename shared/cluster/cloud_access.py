"""The way to a cluster that a cloud runs: `spec.kubeConfig.configMapRef` with a cloud as provider
(reference flux.md 1.12).

The token is always one of a service account of the object's own namespace, as elsewhere: the
controller's own would be shown to whatever the ConfigMap names.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from shared.cloud.aks import Aks
from shared.cloud.eks import Eks
from shared.cloud.error import IdentityOff
from shared.cloud.gke import Gke
from shared.cloud.identity import Identity as Asker
from shared.cloud.keep import Keep
from shared.cloud.managed_cluster import Described, ManagedClusters
from shared.cloud.service import CloudService
from shared.cluster.access import Access, AccessError, Identity, Material
from shared.problem import Problem
from shared.reconcile.clock import Clock

DESCRIBED = timedelta(minutes=10)
"""How long it is believed where a cluster is."""


class UnsupportedProvider(AccessError):
    """The ConfigMap asks for a cloud's way to a token, and that is switched off."""


@dataclass(frozen=True, slots=True)
class CloudCredential:
    """Who we are to a cluster that a cloud runs."""

    clusters: ManagedClusters
    cluster: str
    asker: Asker

    async def identity(self, *, fresh: bool = False) -> Identity:
        """A token that is good for a while. Raises AccessError where none is given."""
        try:
            token = await self.clusters.token(self.cluster, self.asker)
        except Problem as problem:
            raise AccessError(f"no token for {self.cluster}: {problem}") from problem
        return Identity(f"Bearer {token.text}")


class CloudAccess:
    """The clusters of the clouds."""

    def __init__(self, clouds: CloudService) -> None:
        surroundings = clouds.surroundings
        self._clusters: dict[str, ManagedClusters] = {
            "aws": Eks(clouds, surroundings),
            "azure": Aks(clouds, surroundings),
            "gcp": Gke(clouds, surroundings),
        }
        self._clock: Clock = surroundings.clock
        self._keep: Keep[Described] = Keep(surroundings.clock, longest=DESCRIBED)

    async def read(
        self, provider: str, data: Mapping[str, str], asker: Asker, place: str
    ) -> Access:
        """The way that a ConfigMap describes. Raises AccessError with its `place`;
        UnsupportedProvider where accounts of objects are not asked for."""
        clusters, cluster = self._clusters[provider], data.get("cluster", "")
        address, ca = data.get("address", "").rstrip("/"), data.get("ca.crt", "")
        try:
            clusters.check(cluster)
            if not address or not ca:
                found = await self._described(clusters, cluster, asker)
                address, ca = address or found.server, ca or found.ca
            await clusters.token(cluster, asker)
        except IdentityOff as problem:
            raise UnsupportedProvider(f"{place}: {problem}") from problem
        except Problem as problem:
            raise AccessError(f"{place}: {problem}") from problem
        if not address.startswith("https://"):
            raise AccessError(f"{place}: address has to be the https:// URL of an API server")
        credential = CloudCredential(clusters, cluster, asker)
        return Access(address, credential, Material(ca.encode()))

    async def _described(self, clusters: ManagedClusters, cluster: str, asker: Asker) -> Described:
        return await self._keep.of((cluster, asker), lambda: clusters.describe(cluster, asker))
