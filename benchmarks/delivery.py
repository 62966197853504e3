"""A repository that is followed, and Kustomizations of it: what is asked for, and when it is so."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import cast

from benchmarks.sight import PATIENCE, Fits, Sight
from benchmarks.turn import Step, Turn
from shared.manifest.identity import Manifest, section

_SOURCES = "/apis/source.toolkit.fluxcd.io/v1"
_APPLIERS = "/apis/kustomize.toolkit.fluxcd.io/v1"


SOURCE = ("apps",)


@dataclass(frozen=True, slots=True)
class Live:
    """A ConfigMap that shall come to fit by a commit."""

    name: str
    fits: Fits


@dataclass(frozen=True, slots=True)
class Delivery:
    """A GitRepository `apps`, and what is known of the Kustomizations of a namespace."""

    turn: Turn
    sources: Sight
    appliers: Sight
    objects: Sight

    @classmethod
    async def open(cls, turn: Turn, interval: str = "1h", patience: float = PATIENCE) -> Delivery:
        """Follow the repository of a turn; only what is asked for is looked at. `patience`: see
        Sight."""
        where = f"namespaces/{turn.namespace}"
        found = cls(
            turn,
            await turn.watch(f"{_SOURCES}/{where}/gitrepositories", patience),
            await turn.watch(f"{_APPLIERS}/{where}/kustomizations", patience),
            await turn.watch(f"/api/v1/{where}/configmaps", patience),
        )
        await follow(turn, interval)
        return found

    async def add(self, names: Iterable[str], **spec: object) -> None:
        """Kustomizations, each of the directory of its name."""
        for name in names:
            whole: Manifest = {
                "interval": "1h", "path": f"./{name}", "prune": True,
                "targetNamespace": self.turn.namespace,
                "sourceRef": {"kind": "GitRepository", "name": "apps"}, **spec,
            }  # fmt: skip
            body = _object("kustomize.toolkit.fluxcd.io/v1", "Kustomization", name, whole)
            await self.turn.api.create(self._all_appliers, body)

    async def change(self, name: str, **spec: object) -> None:
        """Change the spec of a Kustomization, and wait until that has been seen to."""
        await self.turn.api.patch(f"{self._all_appliers}/{name}", {"spec": spec})
        await self.until([name], _is_seen)

    async def ask(self) -> None:
        """Have the source look at its remote."""
        await self.turn.api.request(self.source, str(time.monotonic_ns()))

    async def look(self, name: str, token: str) -> None:
        """Have a Kustomization gone through, and wait until it is."""
        await self.turn.api.request(f"{self._all_appliers}/{name}", token)
        await self.until(
            [name], lambda ks: section(ks, "status").get("lastHandledReconcileAt") == token
        )

    async def deliver(
        self, step: Step, files: Mapping[str, str], names: Sequence[str], live: Live | None = None
    ) -> None:
        """Commit, ask the source to look, and wait until all Kustomizations of these names report
        the commit."""
        commit = self.turn.repository.commit(files)
        step.begun = time.monotonic()
        await self.ask()
        if live:
            told = self.turn.processes.last_words
            step.live = await self.objects.until([live.name], live.fits, told=told)
        step.ended = await self.until(names, lambda ks: has_applied(ks, commit))

    async def until(self, names: Iterable[str], fits: Fits) -> float:
        """When all Kustomizations of these names are ready and fit."""
        told = self.turn.processes.last_words
        return await self.appliers.until(names, lambda ks: is_ready(ks) and fits(ks), told=told)

    async def until_fetched(self, fits: Fits) -> float:
        """When the source is ready and fits."""
        told = self.turn.processes.last_words
        return await self.sources.until(SOURCE, lambda one: is_ready(one) and fits(one), told=told)

    async def end(self, names: Sequence[str]) -> None:
        """Take all away, with all that was applied: the next side must not find it."""
        told = self.turn.processes.last_words
        for name in names:
            await self.turn.api.delete(f"{self._all_appliers}/{name}")
        await self.appliers.until_gone(names, told=told)
        await self.turn.api.delete(self.source)
        await self.sources.until_gone(SOURCE, told=told)

    @property
    def source(self) -> str:
        """The path of the GitRepository."""
        return f"{_SOURCES}/namespaces/{self.turn.namespace}/gitrepositories/apps"

    @property
    def _all_appliers(self) -> str:
        return f"{_APPLIERS}/namespaces/{self.turn.namespace}/kustomizations"


async def follow(turn: Turn, interval: str = "1h") -> None:
    """A GitRepository `apps` of the repository of a turn."""
    spec: Manifest = {
        "url": turn.shop.remote.of(turn.repository),
        "interval": interval,
        "ref": {"branch": "main"},
    }
    body = _object("source.toolkit.fluxcd.io/v1", "GitRepository", "apps", spec)
    await turn.api.create(f"{_SOURCES}/namespaces/{turn.namespace}/gitrepositories", body)


def is_ready(found: Manifest) -> bool:
    """Whether an object is Ready, for the spec that it has now."""
    for one in cast("list[Manifest]", section(found, "status").get("conditions", [])):
        if one["type"] == "Ready":
            return one["status"] == "True"
    return False


def has_applied(found: Manifest, commit: str) -> bool:
    """Whether a Kustomization says that it has applied a commit."""
    return str(section(found, "status").get("lastAppliedRevision", "")).endswith(commit)


def offers(found: Manifest, commit: str) -> bool:
    """Whether a source offers a commit."""
    artifact = section(section(found, "status"), "artifact")
    return str(artifact.get("revision", "")).endswith(commit)


def _is_seen(found: Manifest) -> bool:
    generation = section(found, "metadata").get("generation")
    return section(found, "status").get("observedGeneration") == generation


def _object(version: str, kind: str, name: str, spec: Manifest) -> Manifest:
    return {"apiVersion": version, "kind": kind, "metadata": {"name": name}, "spec": spec}
