"""Whether an artifact in a registry is signed by those who are trusted, whatever the tool."""

from __future__ import annotations

from dataclasses import dataclass

from shared.reconcile.clock import Clock
from source_controller.signature.cosign import verify_with_keys
from source_controller.signature.finding import Repository
from source_controller.signature.problem import InvalidTrust
from source_controller.signature.trust import Trust


@dataclass(frozen=True, slots=True)
class Verifier:
    """Knows the tools."""

    clock: Clock

    async def verify(self, repository: Repository, digest: str, trust: Trust) -> bool:
        """Whether the artifact was verified; False where the trust says that it need not be.

        Raises SignatureProblem where it is not signed by anybody who is trusted, MissingExtra
        where a library for that is not installed, OciError where the registry does not tell.
        """
        if trust.entries is None:
            raise InvalidTrust("signatures without keys are not verified")
        await verify_with_keys(repository, digest, trust)
        return True
