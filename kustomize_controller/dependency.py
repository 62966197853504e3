"""Whether what a Kustomization depends on is ready."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol

from kustomize_controller.source import source_of
from shared.api import duration
from shared.api.artifact import Artifact
from shared.api.kustomization import Kustomization
from shared.api.parsing import parse
from shared.cluster.client import Client
from shared.cluster.error import NotFound
from shared.manifest.expression import Expression, ExpressionError
from shared.manifest.identity import Kind, Manifest, Ref, metadata, section, text
from shared.operation.health_expression import ready_expression
from shared.reconcile.condition import find, is_true
from shared.reconcile.failure import Waiting

KUSTOMIZATION = Kind.parse(Kustomization.naming.api_version, Kustomization.naming.kind)


class Watched(Protocol):
    """All Kustomizations, as they were last seen."""

    def find(self, namespace: str, name: str) -> Manifest | None:
        """The object, or None."""


@dataclass(frozen=True, slots=True)
class ClusterDependencies:
    """Dependencies in the cluster. They are asked for anew, not read from the cache: what another
    Kustomization has only just become counts (flux.md 12 (47))."""

    client: Client
    seen: Watched
    requeue: timedelta
    additive: bool = False
    """Whether a `readyExpr` is asked beside the built-in check, not in place of it."""

    async def require_ready(self, ks: Kustomization, artifact: Artifact) -> None:
        """Raises Waiting with all that is not ready, and why."""
        refs = enumerate(dependencies_of(ks))
        lacking = [fault for at, ref in refs if (fault := await self._fault(at, ref, ks, artifact))]
        if lacking:
            soon = duration.format(self.requeue)
            message = f"{'; '.join(lacking)}{self._cycle(ks)}; looking again in {soon}"
            raise Waiting("DependencyNotReady", message, self.requeue)

    async def _fault(self, at: int, ref: Ref, ks: Kustomization, artifact: Artifact) -> str:
        try:
            found = await self.client.get(ref)
        except NotFound:
            return f"dependency {_name(ref)} not found"
        asked = ready_expression(ks.spec.depends_on[at].ready_expr, at)
        if asked:
            own = _ref(ks.metadata.namespace, ks.metadata.name)
            itself = self.seen.find(own.namespace, own.name) or await self.client.get(own)
            fault = refusal_of(asked, itself, found)
            if fault or not self.additive:
                return f"dependency {_name(ref)} is not ready: {fault}" if fault else ""
        return fault_of(parse(Kustomization, found), ks, artifact)

    def _cycle(self, ks: Kustomization) -> str:
        """Where the dependencies go in a circle, none of them will ever be ready: say so."""
        cycle = cycle_from(_ref(ks.metadata.namespace, ks.metadata.name), self._next)
        return f" (a circle: {' → '.join(map(_name, cycle))})" if cycle else ""

    def _next(self, ref: Ref) -> Sequence[Ref]:
        found = self.seen.find(ref.namespace, ref.name)
        listed = section(found or {}, "spec").get("dependsOn")
        return [
            _ref(text(one, "namespace") or ref.namespace, text(one, "name"))
            for one in (listed if isinstance(listed, list) else ())
        ]


def refusal_of(asked: Expression, itself: Manifest, dependency: Manifest) -> str:
    """Why an expression over `self` and `dep` does not hold; empty where it does. One without an
    answer does not hold: what it asks for may yet appear. Pure."""
    try:
        held = asked.is_true({"self": itself, "dep": dependency})
    except ExpressionError as error:
        return str(error)
    return "" if held else f"{asked.place} is false"


def fault_of(dependency: Kustomization, ks: Kustomization, artifact: Artifact) -> str:
    """Why a dependency is not ready for `ks`; empty where it is. Pure."""
    name = f"dependency {dependency.metadata.namespace}/{dependency.metadata.name}"
    status = dependency.status
    if status.observed_generation != dependency.metadata.generation or not is_true(
        status.conditions, "Ready"
    ):
        ready = find(status.conditions, "Ready")
        why = f" ({ready.reason})" if ready and ready.status != "True" else ""
        return f"{name} is not ready{why}"
    same_source = source_of(dependency) == source_of(ks)
    if same_source and status.last_applied_revision != artifact.revision:
        return f"{name} has not applied revision {artifact.revision} yet"
    return ""


def dependencies_of(ks: Kustomization) -> list[Ref]:
    """The Kustomizations that have to be ready first."""
    return [_ref(one.namespace or ks.metadata.namespace, one.name) for one in ks.spec.depends_on]


def depends_on(manifest: Manifest, ref: Ref) -> bool:
    """Whether a Kustomization, as it is in the API, depends on another."""
    return any(True for _ in _entries(manifest, ref))


def asks_more_of(manifest: Manifest, ref: Ref) -> bool:
    """Whether it asks another by a `readyExpr`."""
    return any(text(one, "readyExpr") for one in _entries(manifest, ref))


def _entries(manifest: Manifest, ref: Ref) -> Iterator[Manifest]:
    """The entries of `dependsOn` that name another Kustomization."""
    listed = section(manifest, "spec").get("dependsOn")
    own = text(metadata(manifest), "namespace")
    for one in listed if isinstance(listed, list) else ():
        if (text(one, "namespace") or own, text(one, "name")) == (ref.namespace, ref.name):
            yield one


def cycle_from(start: Ref, following: Callable[[Ref], Sequence[Ref]]) -> tuple[Ref, ...]:
    """The way from an object by its dependencies back to itself; empty where there is none. Each
    object is looked at once, so a long chain costs no more than its length. Pure."""
    came_from: dict[Ref, Ref] = {}
    waiting = [start]
    while waiting:
        here = waiting.pop()
        for there in following(here):
            if there == start:
                return (*_way(start, here, came_from), start)
            if there not in came_from:
                came_from[there] = here
                waiting.append(there)
    return ()


def _way(start: Ref, end: Ref, came_from: dict[Ref, Ref]) -> list[Ref]:
    way = [end]
    while way[-1] != start:
        way.append(came_from[way[-1]])
    return way[::-1]


def _ref(namespace: str, name: str) -> Ref:
    return Ref(KUSTOMIZATION.group, KUSTOMIZATION.kind, namespace, name, KUSTOMIZATION.version)


def _name(ref: Ref) -> str:
    return f"{ref.namespace}/{ref.name}"
