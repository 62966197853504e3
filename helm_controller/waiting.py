"""Waiting for the objects of a release, for hooks, and for what is deleted to be gone."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from helm_controller.legacy_readiness import legacy_readiness
from helm_controller.problem import HelmError, Overtaken
from helm_controller.terms import Terms
from shared.cluster.client import Client
from shared.manifest.identity import Manifest, Ref, kind_of, section, text
from shared.manifest.readiness import health_of, readiness_of
from shared.manifest.verdict import Readiness, current, failed, in_progress
from shared.operation.health_expression import HealthRules
from shared.operation.health_report import HealthReport
from shared.operation.problem import listed
from shared.operation.vigil import Wait
from shared.operation.watching import Watching

Judge = Callable[[Manifest, datetime], Readiness]


@dataclass(frozen=True, slots=True)
class Waiter:
    """Waits on one cluster. `cancel`: set when there is something newer to release than what is
    waited for."""

    client: Client
    watching: Watching
    cancel: asyncio.Event | None = field(default=None, compare=False)

    async def until_ready(
        self, objects: Sequence[Manifest], terms: Terms, known: Mapping[Ref, Manifest]
    ) -> None:
        """Wait until all objects are ready; not at all where the terms say so. `known`: objects as
        they were a moment ago. Raises HelmError with those that are not ready when one has failed,
        or when the time is up, and Overtaken."""
        if not terms.waits:
            return
        refs = tuple(Ref.of(one) for one in objects if not _is_paused(one))
        wait = Wait(refs, terms.limit, known=known, cancel=self.cancel, judge=judge_of(terms))
        report = await self.watching.until_current(self.client, wait)
        if report is None:
            raise Overtaken
        _require(report)

    async def until_established(self, refs: Sequence[Ref], limit: timedelta) -> None:
        """Wait until definitions are established. Raises HelmError when the time is up."""
        report = await self.watching.until_current(self.client, Wait(tuple(refs), limit))
        _require(report)

    async def until_done(self, hook: Manifest, limit: timedelta, health: HealthRules) -> None:
        """Wait until a hook has done its work: a Job is complete, a Pod has succeeded; anything
        else is done as soon as it is there. Raises HelmError where it has failed, or when the time
        is up."""
        wait = Wait((Ref.of(hook),), limit, judge=hook_judge(health))
        report = await self.watching.until_current(self.client, wait)
        _require(report)

    async def until_gone(self, refs: Iterable[Ref], terms: Terms) -> None:
        """Wait until objects are gone; not at all where the terms say so. Raises HelmError with
        those that are still there when the time is up."""
        wait = Wait(tuple(refs), terms.limit)
        if not terms.waits or not wait.refs:
            return
        left = await self.watching.until_gone(self.client, wait)
        if left:
            names = listed([str(ref) for ref in left], ", ")
            raise HelmError("release", f"timeout waiting for termination of: [{names}]")


def judge_of(terms: Terms) -> Judge:
    """How it is told whether an object of a release is ready. Pure."""

    def judge(manifest: Manifest, now: datetime) -> Readiness:
        if terms.health.covers(manifest):
            return terms.health.judge(manifest, now)
        if terms.legacy:
            return legacy_readiness(manifest, now, jobs=terms.jobs)
        return health_of(manifest, now) if terms.jobs else readiness_of(manifest, now)

    return judge


def hook_judge(health: HealthRules) -> Judge:
    """How it is told whether a hook has done its work. Pure."""

    def judge(manifest: Manifest, now: datetime) -> Readiness:
        kind = kind_of(manifest)
        if health.covers(manifest):
            return health.judge(manifest, now)
        if (kind.group, kind.kind) == ("batch", "Job"):
            return health_of(manifest, now)
        if (kind.group, kind.kind) == ("", "Pod"):
            return _of_pod(manifest)
        return current("Resource is current")

    return judge


def _of_pod(pod: Manifest) -> Readiness:
    match text(section(pod, "status"), "phase"):
        case "Succeeded":
            return current("pod succeeded")
        case "Failed":
            return failed("PodFailed", "pod failed")
        case _:
            return in_progress("PodInProgress", "Pod in progress")


def _is_paused(manifest: Manifest) -> bool:
    is_deployment = text(manifest, "kind") == "Deployment"
    return is_deployment and section(manifest, "spec").get("paused") is True


def _require(report: HealthReport | None) -> None:
    """Raises HelmError where not all is well."""
    if report is not None and report.faults:
        why = "failed early due to stalled resources" if report.hopeless else "timeout waiting for"
        raise HelmError("release", f"{why}: [{listed(report.faults, ', ')}]")
