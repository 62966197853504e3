"""Reconcile a HelmRelease: from a chart and values to a release that is as it should be."""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager, AbstractContextManager
from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol

from helm_controller.admission import Rules, admit
from helm_controller.chart import Chart
from helm_controller.chart_source import Offer
from helm_controller.config_digest import CANONICAL
from helm_controller.ending import Spread
from helm_controller.history import latest
from helm_controller.problem import Untraceable
from helm_controller.pursuit import Pursuit
from helm_controller.reckoning import handled, requests_of, why_anew
from helm_controller.release import Release
from helm_controller.target import Target, moved, target_of
from helm_controller.task import Ingredients, Task, task_of
from shared.api.helm_release import HelmRelease, HelmReleaseStatus
from shared.api.helm_snapshot import ReleaseSnapshot
from shared.manifest.identity import Manifest
from shared.problem import Problem
from shared.reconcile.attempt import Attempt
from shared.reconcile.clock import Clock
from shared.reconcile.condition import Mark
from shared.reconcile.failure import Retryable
from shared.reconcile.key import Key
from shared.reconcile.settlement import Ready


def as_it_is(pause: timedelta) -> timedelta:
    """No spread."""
    return pause


PREREQUISITES = "Fulfilling prerequisites"


class Templates(Protocol):
    """The HelmCharts that are made for HelmReleases."""

    async def keep(self, hr: HelmRelease, attempt: Attempt[HelmReleaseStatus]) -> Manifest | None:
        """Make the HelmChart what the HelmRelease says; one that it does not name any more goes.
        The HelmChart, where the API server has just said how it is."""

    async def remove(self, attempt: Attempt[HelmReleaseStatus], hr: HelmRelease) -> None:
        """Delete the HelmChart that was made."""


class Dependencies(Protocol):
    """What a HelmRelease depends on."""

    async def require_ready(self, hr: HelmRelease) -> None:
        """Raises Waiting unless every dependency is ready."""


class Sources(Protocol):
    """Where charts are offered."""

    async def offer_of(
        self, hr: HelmRelease, status: HelmReleaseStatus, told: Manifest | None = None
    ) -> Offer:
        """What the source offers now. `told`: the source, where the API server has just said how it
        is. Raises Waiting where there is nothing."""


class ValuesDesk(Protocol):
    """Where values come from."""

    async def of(self, hr: HelmRelease) -> Manifest:
        """The values of a HelmRelease. Raises a Problem that names what is missing."""


class Charts(Protocol):
    """Where charts are had."""

    async def chart(self, offer: Offer) -> tuple[Chart, str]:
        """The chart that a source offers, and the digest in its revision. Raises Waiting where it
        is gone, a Problem where it is no chart."""


class Interruptions(Protocol):
    """Who knows what is overtaken while it is attempted."""

    def heeded(self, key: Key) -> AbstractContextManager[object]:
        """While inside, what comes in between ends the wait for what is released."""

    def read(self, key: Key, version: int) -> None:
        """The source was read, as of this resource version: only a later one comes in between."""


class Releases(Protocol):
    """Where releases are."""

    def of(
        self, hr: HelmRelease, target: Target | None = None
    ) -> AbstractAsyncContextManager[Release]:
        """The release of a HelmRelease, or an earlier one at `target`, there while inside."""

    async def has_account(self, hr: HelmRelease) -> bool:
        """Whether the account exists that the HelmRelease acts as."""


@dataclass(frozen=True, slots=True)
class HelmReleaseReconciler:
    """The story of the HelmRelease. `retries`: whether failures are retried where the spec does not
    say what follows them; `algorithm`: what checksums of releases are made by; `spread`:
    spreads the pauses between retries."""

    rules: Rules
    templates: Templates
    dependencies: Dependencies
    sources: Sources
    values: ValuesDesk
    charts: Charts
    releases: Releases
    interruptions: Interruptions
    clock: Clock
    retries: bool = False
    algorithm: str = CANONICAL
    spread: Spread = as_it_is

    async def reconcile(self, hr: HelmRelease, attempt: Attempt[HelmReleaseStatus]) -> Ready:
        """Find the chart and the values, look at the release, and act until all is as it should
        be."""
        admit(hr, self.rules)
        with self.interruptions.heeded(_key(hr)):
            task = await self._task(hr, attempt)
            await self._leave(hr, attempt, task)
            self._reckon(hr, attempt, task)
            looking = attempt.stage("Looking at the release", "StateError")
            async with looking, self.releases.of(hr) as release:
                pursuit = Pursuit(hr, attempt, release, task, self.clock, self.retries, self.spread)
                return await pursuit.run(forced=requests_of(hr).force)

    async def _task(self, hr: HelmRelease, attempt: Attempt[HelmReleaseStatus]) -> Task:
        """What is wanted, and what it is made of."""
        async with attempt.stage(PREREQUISITES, "ArtifactFailed"):
            told = await self.templates.keep(hr, attempt)
        async with attempt.stage(PREREQUISITES, "DependencyNotReady"):
            await self.dependencies.require_ready(hr)
        async with attempt.stage(PREREQUISITES, "ArtifactFailed"):
            offer = await self.sources.offer_of(hr, attempt.status, told)
            self.interruptions.read(_key(hr), offer.version)
        async with attempt.stage(PREREQUISITES, "ValuesError"):
            values = await self.values.of(hr)
        async with attempt.stage(PREREQUISITES, "ArtifactFailed"):
            chart, digest = await self._chart(offer)
        task = task_of(hr, Ingredients(chart, values), digest, self.algorithm)
        attempt.concern(**task.about)
        return task

    async def _chart(self, offer: Offer) -> tuple[Chart, str]:
        try:
            return await self.charts.chart(offer)
        except Untraceable as error:
            raise Retryable("ChartMutateError", str(error)) from error

    async def finalize(self, hr: HelmRelease, attempt: Attempt[HelmReleaseStatus]) -> None:
        """Uninstall, and let the HelmChart go; nothing of that while suspended."""
        if hr.spec.suspend:
            return
        async with attempt.stage("Uninstalling", "UninstallFailed"):
            if hr.status.storage_namespace and latest(hr.status.history):
                if await self.releases.has_account(hr):
                    await self._uninstall(hr, attempt)
                else:
                    attempt.tell("UninstallFailed", _left_behind(hr), severity="error")
            await self.templates.remove(attempt, hr)

    async def _leave(
        self, hr: HelmRelease, attempt: Attempt[HelmReleaseStatus], task: Task
    ) -> None:
        """Uninstall the release as it was, where it is to be another one from now on."""
        reason = moved(hr, task.wanted.chart_name)
        if not reason:
            return
        doing = f"Uninstalling the release as it was: another {reason} is asked for"
        async with attempt.stage(doing, "UninstallFailed"):
            await self._uninstall(hr, attempt)

    async def _uninstall(self, hr: HelmRelease, attempt: Attempt[HelmReleaseStatus]) -> None:
        """Uninstall the release that the status remembers, and forget it."""
        known = latest(hr.status.history)
        if known is not None:
            target = Target(known.name, known.namespace, hr.status.storage_namespace)
            async with self.releases.of(hr, target) as release:
                await self._uninstalled(attempt, release, known)
        await attempt.persist(
            HelmReleaseStatus(
                history=(),
                storage_namespace="",
                inventory=None,
                failures=0,
                install_failures=0,
                upgrade_failures=0,
            )
        )

    async def _uninstalled(
        self, attempt: Attempt[HelmReleaseStatus], release: Release, known: ReleaseSnapshot
    ) -> None:
        records = await release.records()
        if not records:
            message = f"Release {known.full_name} was not found, assuming it is uninstalled"
            attempt.mark("Released", Mark("False", "UninstallSucceeded", message))
            return
        about = f"for release {known.full_name} with chart {known.chart}"
        try:
            if not release.is_left(records[-1]):
                await release.uninstall(records)
        except Problem as problem:
            message = f"Helm uninstall failed {about}: {problem}"
            attempt.mark("Released", Mark("False", "UninstallFailed", message))
            raise Retryable("UninstallFailed", message) from problem
        message = f"Helm uninstall succeeded {about}"
        attempt.mark("Released", Mark("False", "UninstallSucceeded", message))
        attempt.tell("UninstallSucceeded", message)

    def _reckon(self, hr: HelmRelease, attempt: Attempt[HelmReleaseStatus], task: Task) -> None:
        """Write down what is attempted, and count failures anew where that is something else."""
        anew = why_anew(hr, task.wanted, requests_of(hr))
        attempt.record(handled(hr))
        attempt.record(
            HelmReleaseStatus(
                storage_namespace=target_of(hr).storage,
                last_attempted_generation=hr.metadata.generation,
                last_attempted_revision=task.wanted.chart_version,
                last_attempted_revision_digest=task.attempted.oci_digest,
                last_attempted_config_digest=task.wanted.config_digest,
                last_attempted_values_checksum="",
                last_release_revision=0,
            )
        )
        if anew:
            attempt.record(HelmReleaseStatus(failures=0, install_failures=0, upgrade_failures=0))


def _left_behind(hr: HelmRelease) -> str:
    known = latest(hr.status.history)
    name = known.full_name if known else hr.metadata.name
    return (
        f"the account or the kubeconfig that {hr.metadata.name} works with is gone, so nothing can "
        f"be uninstalled in its name; left behind: release {name}"
    )


def _key(hr: HelmRelease) -> Key:
    return Key(hr.metadata.namespace, hr.metadata.name)
