"""Who asks a cloud for credentials."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Identity:
    """The service account that an object names, or, without `account`, this process: what its
    environment and the metadata service of its machine give it.

    `namespace`: of the object, which is told whether it names an account or not. An account is
    always one of that namespace. `proxy`: the URL of an
    HTTP proxy that the cloud is reached through, with user and password where it wants them.
    """

    namespace: str = ""
    account: str = ""
    proxy: str = field(default="", repr=False)

    def __str__(self) -> str:
        if not self.account:
            return "this process"
        return f"ServiceAccount/{self.namespace}/{self.account}"


PROCESS = Identity()


class Accounts(Protocol):
    """The service accounts of our cluster (shared.cluster.workload.WorkloadAccounts)."""

    async def annotations(self, identity: Identity) -> Mapping[str, str]:
        """The annotations of an account, as they are now. Raises a Problem where it is missing."""

    async def token(self, identity: Identity, audiences: Sequence[str]) -> str:
        """A fresh token of an account, good for the audiences alone. Raises a Problem."""
