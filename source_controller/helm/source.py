"""The source that a HelmChart names, and how its chart is built from there (flux.md 2.8)."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Protocol

from shared.api.artifact import Artifact
from shared.api.helm_chart import HelmChart
from shared.api.helm_repository import HelmRepository
from shared.api.parsing import MalformedObject, parse
from shared.api.source import SourceObject
from shared.artifact.error import ArtifactError, ArtifactNotFound
from shared.manifest.identity import Manifest
from shared.manifest.tree import Tree
from shared.problem import Problem
from shared.reconcile.failure import Failure, Retryable, Stalled, Waiting
from source_controller.helm.build import FETCH_FAILED, Build, Offered, Order, Unsigned, not_packed
from source_controller.helm.former import former_of
from source_controller.helm.known import KnownRepositories, Storage
from source_controller.helm.local import LocalBuilder
from source_controller.helm.problem import ChartProblem, HelmProblem, InvalidCredential, InvalidUrl
from source_controller.helm.registry import Signatures
from source_controller.helm.remote import ChartSource, RemoteBuilder
from source_controller.helm.selection import selected

PLURALS = {
    "Bucket": "buckets",
    "GitRepository": "gitrepositories",
    "HelmRepository": "helmrepositories",
}
_SHORT = 12
"""Letters of a commit or digest that a version gets: it ends up in labels, which are short."""


class Watched(Protocol):
    """The objects of a kind (shared.cluster.cache.Cache)."""

    def find(self, namespace: str, name: str) -> Manifest | None:
        """One of them, as it was last seen."""


class Trust(Protocol):
    """Who is trusted to sign charts (source_controller.helm.signature.ChartTrust)."""

    async def of(self, chart: HelmChart) -> Signatures:
        """Those that the chart names. Raises a Problem."""


@dataclass(frozen=True, slots=True)
class ChartSources:
    """Sources by the kind that the spec names. `wait`: how long until one that has no artifact is
    looked at again, though it wakes its charts when it gets one."""

    watched: Mapping[str, Watched]
    repositories: KnownRepositories
    storage: Storage
    trust: Trust
    remote: RemoteBuilder
    local: LocalBuilder
    wait: timedelta

    async def of(self, chart: HelmChart) -> RepositoryFoundation | ArtifactFoundation:
        """The source of a chart. Raises Failure where it is not there, or offers nothing."""
        kind, name = chart.spec.source_ref.kind, chart.spec.source_ref.name
        manifest = self.watched[kind].find(chart.metadata.namespace, name)
        if manifest is None:
            group = f"{PLURALS[kind]}.source.toolkit.fluxcd.io"
            raise _unavailable(f'{group} "{name}" not found')
        try:
            if kind == "HelmRepository":
                return await self._repository(parse(HelmRepository, manifest), chart)
            artifact = parse(SourceObject, manifest).status.artifact
        except MalformedObject as problem:
            raise _unavailable(f"{kind} '{name}': {problem}") from None
        return ArtifactFoundation(await self._stored(artifact, chart), self.storage, self.local)

    async def _repository(self, repo: HelmRepository, chart: HelmChart) -> RepositoryFoundation:
        if not repo.spec.is_registry:
            await self._stored(repo.status.artifact, chart)
        return RepositoryFoundation(repo, self.repositories, self.trust, self.remote)

    async def _stored(self, artifact: Artifact | None, chart: HelmChart) -> Artifact:
        """The artifact, if it is stored here: after a start with an empty disk its source has to
        make it anew. Raises Waiting."""
        if artifact is not None and await self._is_stored(artifact):
            return artifact
        source = chart.spec.source_ref
        raise Waiting(
            "NoSourceArtifact",
            f"no artifact available for {source.kind} source '{source.name}'",
            self.wait,
            condition=FETCH_FAILED,
        )

    async def _is_stored(self, artifact: Artifact) -> bool:
        try:
            await self.storage.size(artifact.path)
        except ArtifactNotFound:
            return False
        except ArtifactError:
            # What is wrong with it is said when it is read.
            return True
        return True


@dataclass(frozen=True, slots=True)
class RepositoryFoundation:
    """A HelmRepository."""

    repo: HelmRepository
    repositories: KnownRepositories
    trust: Trust
    remote: RemoteBuilder

    @property
    def revision(self) -> str:
        """The revision of the index; empty for a registry."""
        artifact = self.repo.status.artifact
        return artifact.revision if artifact and not self.repo.spec.is_registry else ""

    async def build(self, chart: HelmChart, offered: Artifact | None) -> Build:
        """Find the version, and build it. Raises Failure."""
        generation = str(chart.metadata.generation)
        order = _order(chart, offered, "")
        if order.merges:
            order = _order(chart, offered, generation)
        return await self.remote.build(order, await self._source(chart))

    async def _source(self, chart: HelmChart) -> ChartSource:
        signatures = await self._signatures(chart)
        try:
            return await self.repositories.of(self.repo, signatures)
        except InvalidCredential as problem:
            raise Retryable("AuthenticationFailed", str(problem), condition=FETCH_FAILED) from None
        except InvalidUrl as problem:
            raise Stalled(
                "URLInvalid", f"invalid Helm repository URL: {problem}", condition=FETCH_FAILED
            ) from None
        except HelmProblem as problem:
            raise Stalled(
                "Failed", f"failed to construct Helm client: {problem}", condition=FETCH_FAILED
            ) from None

    async def _signatures(self, chart: HelmChart) -> Signatures | None:
        """Who has to have signed the chart; nobody, where it is in no registry: that is said when
        its signature is looked at."""
        verify = chart.spec.verify
        if verify is None or not self.repo.spec.is_registry:
            return None
        try:
            return await self.trust.of(chart)
        except Problem as problem:
            keyless = verify.provider == "cosign" and verify.secret_ref is None
            raise Unsigned(
                "failed to verify the signature using provider "
                f"'{verify.provider}{' keyless' if keyless else ''}': {problem}"
            ) from None


@dataclass(frozen=True, slots=True)
class ArtifactFoundation:
    """A GitRepository or a Bucket."""

    artifact: Artifact
    storage: Storage
    local: LocalBuilder

    @property
    def revision(self) -> str:
        """The revision of the source's artifact."""
        return self.artifact.revision

    async def build(self, chart: HelmChart, offered: Artifact | None) -> Build:
        """Read the source, and build from it. Raises Failure."""
        order = _order(chart, offered, _metadata(chart, self.artifact.revision))
        order = replace(order, former=former_of(chart))
        tree = await self._tree(order)
        return await self.local.build(order, tree, chart.metadata.namespace)

    async def _tree(self, order: Order) -> Tree:
        try:
            data = await self.storage.read(self.artifact.path, self.artifact.digest)
            return await asyncio.to_thread(selected, data, order, self.local.limits)
        except ChartProblem as problem:
            raise not_packed(str(problem)) from None
        except ArtifactError as problem:
            raise Retryable(
                "ReadOperationFailed",
                f"failed to open source artifact: {problem}",
                condition=FETCH_FAILED,
            ) from None


def _order(chart: HelmChart, offered: Artifact | None, metadata: str) -> Order:
    """What the spec asks for. Another generation builds anew, whatever is on offer."""
    may_keep = offered and chart.metadata.generation == chart.status.observed_generation
    return Order(
        chart=chart.spec.chart,
        version=chart.spec.version,
        values_files=chart.spec.values_files,
        ignore_missing=chart.spec.ignore_missing_values_files,
        metadata=metadata,
        offered=Offered(
            chart.status.observed_chart_name,
            offered.revision,
            chart.status.observed_values_files,
        )
        if offered and may_keep
        else None,
        verify=chart.spec.verify is not None,
    )


def _metadata(chart: HelmChart, revision: str) -> str:
    """What the version gets behind its plus: the short revision of the source, and the generation
    of the object where its values are changed."""
    parts = []
    if chart.spec.reconcile_strategy == "Revision":
        parts.append(_hash(revision)[:_SHORT])
    if _order(chart, None, "").merges:
        parts.append(str(chart.metadata.generation))
    return ".".join(parts)


def _hash(revision: str) -> str:
    """`main@sha1:<commit>`, `sha256:<digest>` or, from long ago, `main/<commit>`: the last part."""
    return revision.rpartition(":")[2] if ":" in revision else revision.rpartition("/")[2]


def _unavailable(why: str) -> Failure:
    return Retryable("SourceUnavailable", f"failed to get source: {why}", condition=FETCH_FAILED)
