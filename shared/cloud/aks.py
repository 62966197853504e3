"""Azure Kubernetes Service: clusters by their resource ids."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import cast

from shared.cloud.azure import AUTHORITY
from shared.cloud.clouds import Clouds
from shared.cloud.credential import BearerToken
from shared.cloud.error import CloudError
from shared.cloud.identity import Identity
from shared.cloud.managed_cluster import Described, certificates, server_named
from shared.cloud.surroundings import Surroundings
from shared.cloud.web import Call
from shared.manifest.document import CONFIGURATION, DocumentError, parse

SERVER_SCOPE = "6dae42f8-4368-4678-94ff-3960e28e3630/.default"
"""The API servers of all clusters, as an application of Azure."""

_CLUSTER = re.compile(
    r"/subscriptions/[0-9a-f-]{36}/resourceGroups/(?!\.+/)[\w.()-]{1,200}"
    r"/providers/Microsoft\.ContainerService/managedClusters/[\w-]{1,200}",
    re.IGNORECASE,
)
_VERSION = "api-version=2024-09-01"
_OF = "Azure Resource Manager"
_MANAGERS = {
    "chinacloudapi.cn": "management.chinacloudapi.cn",
    "microsoftonline.us": "management.usgovcloudapi.net",
}


@dataclass(frozen=True, slots=True)
class Aks:
    """Asks Azure where its clusters are. Only those know our tokens that Entra ID is integrated
    in."""

    clouds: Clouds
    surroundings: Surroundings

    def check(self, cluster: str) -> None:
        """Raises CloudError for what is no resource id of a cluster."""
        if not _CLUSTER.fullmatch(cluster):
            raise CloudError(
                "cluster has to be /subscriptions/ID/resourceGroups/GROUP/providers/"
                f"Microsoft.ContainerService/managedClusters/NAME, and is {cluster[:200]!r}"
            )

    async def describe(self, cluster: str, identity: Identity) -> Described:
        """Where a cluster is. Raises a Problem."""
        self.check(cluster)
        manager = self._manager()
        token = await self.clouds.azure(identity, f"https://{manager}/.default")
        headers = {"authorization": f"Bearer {token.text}"}
        url = f"https://{manager}{cluster}"
        call = Call(f"{url}?{_VERSION}", headers, method="GET", proxy=identity.proxy)
        properties = (await self.surroundings.web.ask(call)).fields(_OF).get("properties")
        if not isinstance(properties, dict) or not properties.get("aadProfile"):
            raise CloudError(f"{cluster} has no integration with Entra ID: it takes no such tokens")
        call = Call(f"{url}/listClusterUserCredential?{_VERSION}", headers, proxy=identity.proxy)
        return _first(await self._listed(call))

    async def token(self, cluster: str, identity: Identity) -> BearerToken:
        """A token for the API server."""
        self.check(cluster)
        return await self.clouds.azure(identity, SERVER_SCOPE)

    async def _listed(self, call: Call) -> list[object]:
        listed = (await self.surroundings.web.ask(call)).fields(_OF).get("kubeconfigs")
        return cast("list[object]", listed) if isinstance(listed, list) else []

    def _manager(self) -> str:
        """Who manages resources, in the cloud of Azure that this process is in."""
        authority = self.surroundings.variable(AUTHORITY)
        found = (host for part, host in _MANAGERS.items() if part in authority)
        return next(found, "management.azure.com")


def _first(listed: list[object]) -> Described:
    """The server of the first kubeconfig. Who it names as a user is left alone."""
    value = listed[0].get("value") if listed and isinstance(listed[0], dict) else None
    try:
        found = parse(certificates(value, _OF).encode(), path="", rules=CONFIGURATION)
    except DocumentError:
        found = []
    match found:
        case [{"clusters": [{"cluster": {"server": server, **known}}, *_]}]:
            data = known.get("certificate-authority-data")
            return Described(server_named(server, _OF), certificates(data, _OF))
        case _:
            raise CloudError(f"{_OF} answers without a kubeconfig")
