"""Whether what a HelmRelease depends on is ready."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol

from shared.api import duration
from shared.api.helm_release import HelmRelease
from shared.api.parsing import Outline, parse
from shared.cluster.client import Client
from shared.cluster.error import NotFound
from shared.manifest.expression import Expression, ExpressionError
from shared.manifest.identity import Kind, Manifest, Ref, metadata, section, text
from shared.operation.health_expression import ready_expression
from shared.reconcile.condition import find, is_true
from shared.reconcile.failure import Waiting

HELM_RELEASE = Kind.parse(HelmRelease.naming.api_version, HelmRelease.naming.kind)


class Watched(Protocol):
    """All HelmReleases, as they were last seen."""

    def find(self, namespace: str, name: str) -> Manifest | None:
        """The object, or None."""


@dataclass(frozen=True, slots=True)
class ClusterDependencies:
    """Dependencies in the cluster. They are asked for anew, not read from the cache. `additive`:
    whether a `readyExpr` is asked beside the built-in check, not in place of it."""

    client: Client
    seen: Watched
    requeue: timedelta
    additive: bool = False

    async def require_ready(self, hr: HelmRelease) -> None:
        """Raises Waiting with all that is not ready, and why."""
        lacking = [
            fault for at in range(len(hr.spec.depends_on)) if (fault := await self._fault(hr, at))
        ]
        if lacking:
            soon = duration.format(self.requeue)
            message = f"{'; '.join(lacking)}; looking again in {soon}"
            raise Waiting("DependencyNotReady", message, self.requeue)

    async def _fault(self, hr: HelmRelease, at: int) -> str:
        reference = hr.spec.depends_on[at]
        ref = _ref(reference.namespace or hr.metadata.namespace, reference.name)
        name = f"{ref.namespace}/{ref.name}"
        try:
            found = await self.client.get(ref)
        except NotFound:
            return f"unable to get '{name}' dependency: not found"
        asked = ready_expression(reference.ready_expr, at)
        if asked:
            own = _ref(hr.metadata.namespace, hr.metadata.name)
            itself = self.seen.find(own.namespace, own.name) or await self.client.get(own)
            refusal = refusal_of(asked, itself, found)
            if refusal or not self.additive:
                return f"dependency '{name}' is not ready: {refusal}" if refusal else ""
        return fault_of(parse(Outline, found), name)


def refusal_of(asked: Expression, itself: Manifest, dependency: Manifest) -> str:
    """Why an expression over `self` and `dep` does not hold; empty where it does. Pure."""
    try:
        held = asked.is_true({"self": itself, "dep": dependency})
    except ExpressionError as error:
        return str(error)
    return "" if held else f"{asked.place} is false"


def fault_of(dependency: Outline, name: str) -> str:
    """Why a dependency is not ready; empty where it is. Pure."""
    status = dependency.status
    if status.observed_generation == dependency.metadata.generation and is_true(
        status.conditions, "Ready"
    ):
        return ""
    ready = find(status.conditions, "Ready")
    why = f" ({ready.reason})" if ready and ready.status != "True" else ""
    return f"dependency '{name}' is not ready{why}"


def depended_on(manifest: Manifest) -> Iterator[Ref]:
    """The HelmReleases that one, as it is in the API, depends on."""
    listed = section(manifest, "spec").get("dependsOn")
    own = text(metadata(manifest), "namespace")
    for one in listed if isinstance(listed, list) else ():
        yield _ref(text(one, "namespace") or own, text(one, "name"))


def _ref(namespace: str, name: str) -> Ref:
    return Ref(HELM_RELEASE.group, HELM_RELEASE.kind, namespace, name, HELM_RELEASE.version)
