"""The role that those play who give credentials (shared.cloud.service.CloudService)."""

from __future__ import annotations

from typing import Protocol

from shared.cloud.credential import AwsCredentials, BearerToken
from shared.cloud.identity import Identity

GOOGLE_SCOPE = "https://www.googleapis.com/auth/cloud-platform"
"""All that the account may do in Google Cloud. Flux asks for it and for `userinfo.email`."""


class Clouds(Protocol):
    """The clouds. Asking again is cheap: what was given is kept until shortly before it runs out,
    and as long as the account says the same."""

    async def aws(self, identity: Identity, region: str) -> AwsCredentials:
        """Credentials for AWS, from the token service of a region such as `eu-central-1`. Raises
        CloudError, or a Problem of our cluster where the account cannot be read."""

    async def gcp(self, identity: Identity) -> BearerToken:
        """A token for Google Cloud, of GOOGLE_SCOPE. Raises as `aws` does."""

    async def azure(self, identity: Identity, scope: str) -> BearerToken:
        """A token for one service of Azure, such as `https://storage.azure.com/.default`. Raises as
        `aws` does."""
