"""Where the chart of a HelmRelease comes from: the source, and what it offers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol

from shared.api.artifact import Artifact
from shared.api.helm_release import HelmRelease, HelmReleaseStatus
from shared.api.meta import Condition
from shared.api.parsing import parse
from shared.api.source import SourceObject
from shared.cluster.client import Client
from shared.cluster.error import NoSuchKind, NotFound
from shared.cluster.holding import version_of
from shared.manifest.identity import Kind, Manifest, Ref
from shared.reconcile.condition import find, is_true
from shared.reconcile.failure import Waiting

SOURCES = "source.toolkit.fluxcd.io/v1"
HELM_CHART = Kind.parse(SOURCES, "HelmChart")
KINDS = tuple(
    Kind.parse(SOURCES, kind) for kind in ("HelmChart", "OCIRepository", "ExternalArtifact")
)
"""The kinds of source that a chart may come from."""


class Watched(Protocol):
    """A kind of source that is watched (shared.cluster.cache.Cache)."""

    def find(self, namespace: str, name: str) -> Manifest | None:
        """The object, or None."""

    def is_synced(self) -> bool:
        """Whether all objects have been seen, and the watch is not known to be blind."""


@dataclass(frozen=True, slots=True)
class Offer:
    """What a source offers. `kind`: that of the source; `version`: its resource version, as a
    number."""

    kind: str
    artifact: Artifact
    version: int = 0


@dataclass(frozen=True, slots=True)
class ClusterSources:
    """Sources in the cluster. `watched`: the kinds that are watched; others are asked for, and
    those too whose watch does not see."""

    client: Client
    watched: Mapping[Kind, Watched]
    requeue: timedelta

    async def offer_of(
        self, hr: HelmRelease, status: HelmReleaseStatus, told: Manifest | None = None
    ) -> Offer:
        """What the source of a HelmRelease offers. `told`: the source, where the API server has
        just said how it is. Raises Waiting where it is not there, or not ready: what it was before
        its latest change does not count."""
        ref = source_of(hr, status)
        found = told or await self._found(ref)
        source = parse(SourceObject, found)
        lacking = unready(source)
        if lacking or source.status.artifact is None:
            where = f"{ref.kind} '{ref.namespace}/{ref.name}'"
            waiting = Waiting("SourceNotReady", f"{where} is not ready: {lacking}", self.requeue)
            raise waiting if _failed(source) else waiting.as_told()
        return Offer(ref.kind, source.status.artifact, version_of(found))

    async def _found(self, ref: Ref) -> Manifest:
        try:
            cache = self.watched.get(ref.gvk)
            if cache is not None and cache.is_synced():
                found = cache.find(ref.namespace, ref.name)
                # One that was only just made may not be seen yet.
                return found if found is not None else await self.client.get(ref)
            return await self.client.get(ref)
        except NotFound:
            raise Waiting(
                "ArtifactFailed", f"could not get Source object: {ref} not found", self.requeue
            ) from None
        except NoSuchKind:
            raise Waiting(
                "ArtifactFailed",
                f"{ref} cannot be there: the cluster does not know the kind {ref.gvk}. Is its "
                "controller installed?",
                self.requeue,
            ) from None


def _failed(source: SourceObject) -> Condition | None:
    """Its Ready condition, where it says that it is not, and is not only on its way."""
    ready = find(source.status.conditions, "Ready")
    return ready if ready is not None and ready.status == "False" else None


def unready(source: SourceObject) -> str:
    """Why a source is not ready; empty where it is. That its last fetch failed does not matter as
    long as there is an artifact (reference flux.md 12 (78)). Pure."""
    status = source.status
    if source.kind != "ExternalArtifact":
        if status.observed_generation != source.metadata.generation:
            failed = _failed(source)
            return (
                failed.message if failed else "latest generation of object has not been reconciled"
            )
        if is_true(status.conditions, "Stalled"):
            stalled = find(status.conditions, "Stalled")
            return stalled.message if stalled else ""
    return "" if status.artifact else "does not have an artifact"


def source_of(hr: HelmRelease, status: HelmReleaseStatus) -> Ref:
    """The source of a HelmRelease: the one that it refers to, or the HelmChart that was made."""
    reference = hr.spec.chart_ref
    if reference is None:
        namespace, _, name = status.helm_chart.partition("/")
        return ref_of(HELM_CHART, namespace, name)
    kind = Kind.parse(reference.api_version or SOURCES, reference.kind)
    return ref_of(kind, reference.namespace or hr.metadata.namespace, reference.name)


def ref_of(kind: Kind, namespace: str, name: str) -> Ref:
    """An object of a kind."""
    return Ref(kind.group, kind.kind, namespace, name, kind.version)
