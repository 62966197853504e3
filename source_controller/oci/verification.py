"""Whether the right people signed an artifact, by the spec of an OCIRepository (flux.md 2.5)."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from shared.api.oci_repository import OciRepository, OciVerification
from shared.api.reference import LocalReference
from shared.oci.line import Lines
from shared.problem import Problem
from shared.reconcile.condition import Mark, is_true
from shared.reconcile.failure import Failure, Retryable, Stalled
from source_controller.oci.upstream import Found
from source_controller.signature.problem import InvalidTrust, MissingExtra
from source_controller.signature.trust import Trust
from source_controller.signature.verifier import Verifier

TRUSTED_ROOT = "trusted_root.json"
MOST_REMEMBERED = 10_000


class Secrets(Protocol):
    """Where Secrets are read."""

    async def data(self, namespace: str, name: str) -> Mapping[str, str]:
        """The values of a Secret, decoded. Raises a Problem where it cannot be read."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What came of a verification: the condition, None where there is nothing to be said of it; and
    the failure, where it fell short."""

    mark: Mark | None
    failure: Failure | None = None


@dataclass(frozen=True, slots=True)
class ArtifactSignatures:
    """Verifies what was found. What was verified is not verified again while revision, spec and
    what the Secrets hold stay the same; that is remembered for as long as the process lives."""

    secrets: Secrets
    verifier: Verifier
    lines: Lines
    verified: dict[str, str] = field(default_factory=dict)

    async def of(self, repo: OciRepository, found: Found) -> Verdict | None:
        """The verdict; None where there is nothing new to verify."""
        verify = repo.spec.verify
        if verify is None:
            return None
        try:
            trust = await self._trust(repo, verify)
        except Problem as problem:
            return _short(verify, str(problem))
        about = f"{repo.metadata.namespace}/{repo.metadata.name}"
        mark = trust.digest(found.revision)
        if self.verified.get(about) == mark and is_true(repo.status.conditions, "SourceVerified"):
            return None
        self.verified.pop(about, None)
        verdict = await self._new(repo, verify, trust, found)
        if verdict.failure is None and verdict.mark is not None:
            self._remember(about, mark)
        return verdict

    async def _trust(self, repo: OciRepository, verify: OciVerification) -> Trust:
        root = await self._data(repo, verify.trusted_root_secret_ref)
        if verify.trusted_root_secret_ref and not root.get(TRUSTED_ROOT):
            name = f"{repo.metadata.namespace}/{verify.trusted_root_secret_ref.name}"
            raise InvalidTrust(f"secret '{name}' has no '{TRUSTED_ROOT}'")
        return Trust(
            provider=verify.provider,
            entries=await self._data(repo, verify.secret_ref) if verify.secret_ref else None,
            identities=tuple((one.issuer, one.subject) for one in verify.match_oidc_identity),
            root=root.get(TRUSTED_ROOT, ""),
        )

    async def _data(
        self, repo: OciRepository, reference: LocalReference | None
    ) -> Mapping[str, str]:
        if reference is None:
            return {}
        return await self.secrets.data(repo.metadata.namespace, reference.name)

    async def _new(
        self, repo: OciRepository, verify: OciVerification, trust: Trust, found: Found
    ) -> Verdict:
        limit = repo.spec.timeout.total_seconds()
        try:
            async with (
                asyncio.timeout(limit),
                self.lines.opened(found.location, found.access) as repository,
            ):
                is_verified = await self.verifier.verify(repository, found.digest, trust)
        except TimeoutError:
            return _short(verify, f"no end after {limit:g}s (spec.timeout)")
        except MissingExtra as problem:
            message = str(problem)
            failure = Stalled("VerificationError", message)
            return Verdict(Mark("False", "VerificationError", message), failure)
        except Problem as problem:
            return _short(verify, str(problem))
        if not is_verified:
            return Verdict(None)
        message = f"verified signature of revision {found.revision}{_by_anybody(trust)}"
        return Verdict(Mark("True", "Succeeded", message))

    def _remember(self, about: str, mark: str) -> None:
        self.verified[about] = mark
        if len(self.verified) > MOST_REMEMBERED:
            self.verified.pop(next(iter(self.verified)))


def _by_anybody(trust: Trust) -> str:
    """As in Flux, a signature without a key may be of anybody where no identity is named. Then the
    object says so."""
    if trust.provider == "cosign" and trust.entries is None and not trust.identities:
        return ", whoever signed it: spec.verify.matchOIDCIdentity names nobody"
    return ""


def _short(verify: OciVerification, message: str) -> Verdict:
    is_keyless = verify.provider == "cosign" and verify.secret_ref is None
    provider = verify.provider + (" keyless" if is_keyless else "")
    said = f"failed to verify the signature using provider '{provider}': {message}"
    return Verdict(Mark("False", "VerificationError", said), Retryable("VerificationError", said))
