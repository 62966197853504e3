"""Google Kubernetes Engine: clusters by their resource names."""

from __future__ import annotations

import re
from dataclasses import dataclass

from shared.cloud.clouds import Clouds
from shared.cloud.credential import BearerToken
from shared.cloud.error import CloudError
from shared.cloud.identity import Identity
from shared.cloud.managed_cluster import Described, certificates, server_named
from shared.cloud.surroundings import Surroundings
from shared.cloud.web import Call

_CLUSTER = re.compile(
    r"projects/[\w:.-]{1,200}/locations/[a-z0-9-]{1,100}/clusters/[a-z0-9-]{1,100}"
)
_OF = "Google Kubernetes Engine"


@dataclass(frozen=True, slots=True)
class Gke:
    """Asks GKE where its clusters are."""

    clouds: Clouds
    surroundings: Surroundings

    def check(self, cluster: str) -> None:
        """Raises CloudError for what is no resource name of a cluster."""
        if not _CLUSTER.fullmatch(cluster):
            raise CloudError(
                "cluster has to be projects/PROJECT/locations/LOCATION/clusters/NAME, and is "
                f"{cluster[:200]!r}"
            )

    async def describe(self, cluster: str, identity: Identity) -> Described:
        """Where a cluster is. Raises a Problem."""
        self.check(cluster)
        token = await self.clouds.gcp(identity)
        call = Call(
            f"https://container.googleapis.com/v1/{cluster}",
            {"authorization": f"Bearer {token.text}"},
            method="GET",
            proxy=identity.proxy,
        )
        found = (await self.surroundings.web.ask(call)).fields(_OF)
        known = found.get("masterAuth")
        data = known.get("clusterCaCertificate") if isinstance(known, dict) else None
        return Described(server_named(found.get("endpoint"), _OF), certificates(data, _OF))

    async def token(self, cluster: str, identity: Identity) -> BearerToken:
        """A token for the API server, which takes those of Google Cloud itself."""
        self.check(cluster)
        return await self.clouds.gcp(identity)
