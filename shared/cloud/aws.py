"""AWS: credentials of this process, or of the role that a service account names."""

from __future__ import annotations

import re
from dataclasses import dataclass

from shared.cloud.aws_process import credentials_of, region_of
from shared.cloud.aws_session import Role, named_session
from shared.cloud.credential import AwsCredentials
from shared.cloud.error import CloudError
from shared.cloud.identity import Identity
from shared.cloud.keep import Keep
from shared.cloud.region import host_of, needed
from shared.cloud.surroundings import Surroundings

ROLE = "eks.amazonaws.com/role-arn"
AUDIENCE = "sts.amazonaws.com"
_ROLE = re.compile(r"arn:aws[\w-]*:iam::[0-9]{1,30}:role/[\w/+=.,@-]{1,200}")


@dataclass(frozen=True, slots=True)
class Aws:
    """Asks AWS, and keeps what it gave."""

    surroundings: Surroundings
    keep: Keep[AwsCredentials]

    async def credentials(self, identity: Identity, region: str) -> AwsCredentials:
        """The credentials of an identity; `region`: whose token service is asked; empty: that of
        this process. Raises CloudError."""
        region = region or region_of(self.surroundings)
        if region:
            host_of("sts", region)  # raises for what is none
        if not identity.account:
            return await self.keep.of(
                ("aws", region), lambda: credentials_of(self.surroundings, region)
            )
        role = await self._role(identity)
        found = Role(role, self._session(identity, region), needed(region))
        return await self.keep.of(
            ("aws", identity, found), lambda: self._of_account(identity, found)
        )

    async def _of_account(self, identity: Identity, role: Role) -> AwsCredentials:
        token = await self.surroundings.accounts.token(identity, (AUDIENCE,))
        return await role.by_token(self.surroundings, token, identity.proxy)

    async def _role(self, identity: Identity) -> str:
        """The role that an account names now. Raises CloudError where it names none."""
        role = (await self.surroundings.accounts.annotations(identity)).get(ROLE, "")
        if not _ROLE.fullmatch(role):
            raise CloudError(
                f"{identity}: the annotation {ROLE} has to be the ARN of a role, such as "
                f"arn:aws:iam::123456789012:role/name, and is {role[:200]!r}"
            )
        return role

    def _session(self, identity: Identity, region: str) -> str:
        """The name that Flux gives a session too."""
        return named_session(identity.account, identity.namespace, region, "fluxcd.io")
