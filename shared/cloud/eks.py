"""Amazon EKS: clusters by their ARN."""

from __future__ import annotations

import base64
import re
from dataclasses import dataclass
from datetime import timedelta
from typing import cast

from shared.cloud.clouds import Clouds
from shared.cloud.credential import BearerToken
from shared.cloud.error import CloudError
from shared.cloud.identity import Identity
from shared.cloud.managed_cluster import Described, certificates, server_named
from shared.cloud.region import host_of
from shared.cloud.signature import Scope, Unsigned
from shared.cloud.surroundings import Surroundings
from shared.cloud.web import Call

_CLUSTER = re.compile(
    r"arn:aws[\w-]*:eks:(?P<region>[a-z0-9-]{1,40}):[0-9]{1,30}:cluster/(?P<name>[A-Za-z0-9_-]{1,100})"
)
_OF = "Amazon EKS"
_GOOD = timedelta(minutes=14)
_SECONDS = 60


@dataclass(frozen=True, slots=True)
class Eks:
    """Asks EKS where its clusters are; their tokens are signed here."""

    clouds: Clouds
    surroundings: Surroundings

    def check(self, cluster: str) -> None:
        """Raises CloudError for what is no ARN of a cluster."""
        _place(cluster)

    async def describe(self, cluster: str, identity: Identity) -> Described:
        """Where a cluster is. Raises a Problem."""
        region, name = _place(cluster)
        url = f"https://{host_of('eks', region)}/clusters/{name}"
        own = await self.clouds.aws(identity, region)
        request = Unsigned(url, method="GET")
        headers = request.signed(own, Scope(region, "eks"), self.surroundings.clock.now())
        call = Call(url, headers, method="GET", proxy=identity.proxy)
        said = (await self.surroundings.web.ask(call)).fields(_OF).get("cluster")
        found = cast("dict[str, object]", said) if isinstance(said, dict) else {}
        ca = found.get("certificateAuthority")
        data = ca.get("data") if isinstance(ca, dict) else None
        return Described(server_named(found.get("endpoint"), _OF), certificates(data, _OF))

    async def token(self, cluster: str, identity: Identity) -> BearerToken:
        """A token for the API server: the signed question who we are, which EKS asks for us. It is
        good for a quarter of an hour."""
        region, name = _place(cluster)
        own = await self.clouds.aws(identity, region)
        question = f"https://{host_of('sts', region)}/?Action=GetCallerIdentity&Version=2011-06-15"
        request = Unsigned(question, {"x-k8s-aws-id": name}, method="GET")
        now = self.surroundings.clock.now()
        url = request.presigned(own, Scope(region, "sts"), now, _SECONDS)
        text = base64.urlsafe_b64encode(url.encode()).rstrip(b"=").decode()
        until = min(own.until, now + _GOOD) if own.until else now + _GOOD
        return BearerToken(f"k8s-aws-v1.{text}", until)


def _place(cluster: str) -> tuple[str, str]:
    """The region and the name of a cluster."""
    found = _CLUSTER.fullmatch(cluster)
    if found is None:
        raise CloudError(
            "cluster has to be the ARN of a cluster, such as "
            f"arn:aws:eks:eu-central-1:123456789012:cluster/name, and is {cluster[:200]!r}"
        )
    return found["region"], found["name"]
