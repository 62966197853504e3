"""The clouds, as this process reaches them."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from shared.cloud.aws import Aws
from shared.cloud.azure import Azure
from shared.cloud.credential import AwsCredentials, BearerToken
from shared.cloud.error import IdentityOff
from shared.cloud.gcp import Gcp
from shared.cloud.identity import Identity
from shared.cloud.keep import LONGEST, MOST, Keep
from shared.cloud.surroundings import Surroundings


class CloudService:
    """Gives credentials (shared.cloud.clouds.Clouds). `most`, `longest`: of those that are kept
    for AWS, and again of those for the two others. `objects`: whether the service accounts that
    objects name are taken; IdentityOff is raised for them where not. `default_account`: the
    account, of its own namespace, that an object has which names none. `kept`: what was given."""

    def __init__(
        self,
        surroundings: Surroundings,
        most: int = MOST,
        longest: timedelta = LONGEST,
        *,
        objects: bool = True,
        default_account: str = "",
    ) -> None:
        self.surroundings = surroundings
        self._objects = objects
        self._default = default_account
        clock = surroundings.clock
        tokens: Keep[BearerToken] = Keep(clock, most, longest)
        keys: Keep[AwsCredentials] = Keep(clock, most, longest)
        self.kept = keys, tokens
        self._aws = Aws(surroundings, keys)
        self._gcp = Gcp(surroundings, tokens)
        self._azure = Azure(surroundings, tokens)

    async def aws(self, identity: Identity, region: str) -> AwsCredentials:
        """Credentials for AWS, from the token service of a region; empty: of this process's own.
        Raises CloudError, or a Problem of our cluster where the account cannot be read."""
        return await self._aws.credentials(self._taken(identity), region)

    async def gcp(self, identity: Identity) -> BearerToken:
        """A token for Google Cloud. Raises as `aws` does."""
        return await self._gcp.token(self._taken(identity))

    async def azure(self, identity: Identity, scope: str) -> BearerToken:
        """A token for one service of Azure. Raises as `aws` does."""
        return await self._azure.token(self._taken(identity), scope)

    def _taken(self, identity: Identity) -> Identity:
        if identity.namespace and not identity.account:
            identity = replace(identity, account=self._default)
        if identity.account and not self._objects:
            raise IdentityOff(
                f"{identity} is not asked for, as the feature gate ObjectLevelWorkloadIdentity is "
                "off: remove serviceAccountName, or start the controller without switching it off"
            )
        return identity
