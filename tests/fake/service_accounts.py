"""Service accounts that clouds are asked as."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from shared.cloud.identity import Identity
from shared.problem import Problem


@dataclass(slots=True)
class ServiceAccounts:
    """Accounts by `namespace/name`. `asked`: whose tokens were asked for, and for whom."""

    found: dict[str, dict[str, str]] = field(default_factory=dict)
    asked: list[tuple[str, tuple[str, ...]]] = field(default_factory=list)

    async def annotations(self, identity: Identity) -> Mapping[str, str]:
        name = f"{identity.namespace}/{identity.account}"
        if name not in self.found:
            raise Problem(f"{identity} not found")
        return self.found[name]

    async def token(self, identity: Identity, audiences: Sequence[str]) -> str:
        self.asked.append((f"{identity.namespace}/{identity.account}", tuple(audiences)))
        return f"token-{len(self.asked)}"
