"""Who is trusted to sign the charts of a registry, by the spec of a HelmChart (flux.md 2.8)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from shared.api.helm_chart import HelmChart
from shared.oci.repository import Repository
from shared.problem import Problem
from source_controller.helm.problem import HelmProblem
from source_controller.signature.problem import MissingExtra
from source_controller.signature.trust import Trust


class Secrets(Protocol):
    """Where Secrets are read."""

    async def data(self, namespace: str, name: str) -> Mapping[str, str]:
        """The values of a Secret, decoded. Raises a Problem where it cannot be read."""


class Verifier(Protocol):
    """Knows the tools that sign (source_controller.signature.verifier.Verifier)."""

    async def verify(self, repository: Repository, digest: str, trust: Trust) -> bool:
        """Whether an artifact was verified; False where it need not be. Raises a Problem."""


@dataclass(frozen=True, slots=True)
class ChartSignatures:
    """Those whom one chart trusts."""

    trust: Trust
    verifier: Verifier

    async def check(self, repository: Repository, digest: str) -> bool:
        """Whether what has this digest was verified; False where it need not be. Raises a Problem
        where nobody who is trusted signed it."""
        try:
            return await self.verifier.verify(repository, digest, self.trust)
        except MissingExtra:
            raise
        except Problem as problem:
            about = f"oci://{repository.location}@{digest}"
            raise HelmProblem(f"failed to verify {about}: {problem}") from None


@dataclass(frozen=True, slots=True)
class ChartTrust:
    """Trust by the Secrets of the cluster."""

    secrets: Secrets
    verifier: Verifier

    async def of(self, chart: HelmChart) -> ChartSignatures:
        """Those whom a chart that asks for a signature trusts. Raises a Problem."""
        verify = chart.spec.verify
        if verify is None:
            raise HelmProblem("spec.verify is not there")
        entries = None
        if verify.secret_ref:
            entries = await self.secrets.data(chart.metadata.namespace, verify.secret_ref.name)
        identities = tuple((one.issuer, one.subject) for one in verify.match_oidc_identity)
        return ChartSignatures(Trust(verify.provider, entries, identities), self.verifier)
