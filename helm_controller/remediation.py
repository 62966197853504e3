"""What follows the failure of an action: how often it is tried, what is done in between. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

from shared.api.helm_action import RETRY_INTERVAL, InstallRemediation, UpgradeRemediation
from shared.api.helm_release import HelmReleaseSpec, HelmReleaseStatus

Strategy = Literal["rollback", "uninstall"]


@dataclass(frozen=True, slots=True)
class Remediation:
    """How failures of an action are dealt with. `retries`: further attempts, -1 for any number;
    `last`: whether the last failure is remediated too; `ignores_tests`: whether tests that fail do
    not count; `failures`: how many attempts have failed so far."""

    action: Literal["install", "upgrade"]
    retries: int
    last: bool
    ignores_tests: bool
    strategy: Strategy
    failures: int

    @property
    def is_exhausted(self) -> bool:
        """Whether there is no attempt left."""
        return 0 <= self.retries < self.failures

    @property
    def reinstalls(self) -> bool:
        """Whether an upgrade that failed is followed by an installation."""
        return self.action == "upgrade" and self.strategy == "uninstall"


def of_install(spec: HelmReleaseSpec, status: HelmReleaseStatus) -> Remediation:
    """How failed installations are dealt with: what is there is always uninstalled."""
    said = (spec.install and spec.install.remediation) or InstallRemediation()
    return Remediation(
        "install",
        said.retries,
        bool(said.remediate_last_failure),
        _ignores_tests(said, spec),
        "uninstall",
        status.install_failures,
    )


def of_upgrade(spec: HelmReleaseSpec, status: HelmReleaseStatus) -> Remediation:
    """How failed upgrades are dealt with."""
    said = (spec.upgrade and spec.upgrade.remediation) or UpgradeRemediation()
    last = said.remediate_last_failure
    return Remediation(
        "upgrade",
        said.retries,
        said.retries > 0 if last is None else last,
        _ignores_tests(said, spec),
        said.strategy or "rollback",
        status.upgrade_failures,
    )


def active(spec: HelmReleaseSpec, status: HelmReleaseStatus) -> Remediation | None:
    """How failures of the last action are dealt with; None where there was none."""
    match status.last_attempted_release_action:
        case "install":
            return of_install(spec, status)
        case "upgrade":
            return of_upgrade(spec, status)
        case _:
            return None


def retry_after(
    spec: HelmReleaseSpec, action: Literal["", "install", "upgrade"], *, by_default: bool
) -> timedelta | None:
    """When an action that failed is simply tried again; None where it is remediated instead.
    `by_default`: where the spec does not say."""
    actions = {"install": spec.install, "upgrade": spec.upgrade}
    if action not in actions:
        return None
    said = actions[action]
    strategy = said.strategy if said else None
    if strategy is None:
        return RETRY_INTERVAL if by_default else None
    if strategy.name != "RetryOnFailure":
        return None
    return strategy.retry_interval or RETRY_INTERVAL


def _ignores_tests(said: InstallRemediation | UpgradeRemediation, spec: HelmReleaseSpec) -> bool:
    if said.ignore_test_failures is not None:
        return said.ignore_test_failures
    return spec.test is not None and spec.test.ignore_failures
