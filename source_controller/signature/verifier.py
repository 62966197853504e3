"""Whether an artifact in a registry is signed by those who are trusted, whatever the tool."""

from __future__ import annotations

from dataclasses import dataclass, field

from shared.reconcile.clock import Clock
from source_controller.signature.cosign import verify_with_keys
from source_controller.signature.fetch import PlainFetch
from source_controller.signature.finding import Repository
from source_controller.signature.keyless import Keyless, PublicRoot
from source_controller.signature.notation import verify_by_policy
from source_controller.signature.revocation import Revocations
from source_controller.signature.trust import Trust

NOTATION = "notation"


@dataclass(frozen=True, slots=True)
class Verifier:
    """Knows the tools."""

    clock: Clock
    keyless: Keyless = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "keyless", Keyless(PublicRoot(self.clock)))

    async def verify(self, repository: Repository, digest: str, trust: Trust) -> bool:
        """Whether the artifact was verified; False where the trust says that it need not be.

        Raises SignatureProblem where it is not signed by anybody who is trusted, MissingExtra
        where a library for that is not installed, OciError where the registry does not tell.
        """
        if trust.provider == NOTATION:
            asked = Revocations(PlainFetch(self.clock))
            return await verify_by_policy(repository, digest, trust, asked, self.clock.now())
        if trust.entries is None:
            await self.keyless.verify(repository, digest, trust)
        else:
            await verify_with_keys(repository, digest, trust)
        return True
