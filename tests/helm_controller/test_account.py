"""What an action came to, as it is told."""

from __future__ import annotations

from datetime import timedelta

import pytest

from helm_controller.account import Attempted, Outcome, account, unlocked
from helm_controller.release_record import Record
from shared.api.helm_release import HelmRelease, HelmReleaseStatus
from shared.api.parsing import parse

ABOUT = Attempted("apps/demo", "demo", "1.0.0")
SPEC = parse(
    HelmRelease, {"metadata": {"name": "demo", "namespace": "apps"}, "spec": {"interval": "1h"}}
).spec


def record(revision: int, status: str) -> Record:
    moment = "2026-01-02T03:04:05Z"
    info = {"status": status, "first_deployed": moment, "last_deployed": moment}
    metadata = {"name": "demo", "version": "1.0.0", "apiVersion": "v2"}
    release = {"name": "demo", "namespace": "apps", "version": revision, "info": info}
    return Record({**release, "manifest": "", "chart": {"metadata": metadata}})


def told(outcome: Outcome, status: HelmReleaseStatus | None = None):
    return account(SPEC, status or HelmReleaseStatus(), outcome, ABOUT, retries=False)


@pytest.mark.parametrize(
    ("action", "written", "fault", "reason", "counted"),
    [
        ("install", "deployed", "", "InstallSucceeded", (0, 0, 0)),
        ("install", "failed", "no", "InstallFailed", (1, 1, 0)),
        ("upgrade", "deployed", "", "UpgradeSucceeded", (0, 0, 0)),
        ("upgrade", "failed", "no", "UpgradeFailed", (1, 0, 1)),
        # What has changed nothing is no attempt.
        ("install", "", "no", "InstallFailed", (1, 0, 0)),
        ("upgrade", "", "no", "UpgradeFailed", (1, 0, 0)),
    ],
)
def test_a_release_is_told_and_failures_are_counted(action, written, fault, reason, counted):
    records = (record(1, written),) if written else ()

    found = told(Outcome(action, records, fault, timedelta(seconds=1)))

    status = found.status
    assert found.reason == reason
    assert (status.failures, status.install_failures, status.upgrade_failures) == counted
    assert found.severity == ("error" if fault else "info")
    released = found.marks["Released"]
    assert released is not None
    assert (released.status, released.reason) == ("False" if fault else "True", reason)
    assert "apps/demo" in found.message
    assert "demo@1.0.0" in found.message
    assert fault in found.message


@pytest.mark.parametrize(
    ("holder", "since"),
    [
        ("helm", ": begun by helm at 2026-01-02T03:04:05Z, and not ended"),
        ("", ": begun at 2026-01-02T03:04:05Z, and not ended"),
    ],
)
def test_who_was_at_a_release_and_since_when_is_told(holder: str, since: str):
    after = unlocked(record(2, "pending-upgrade"), holder)

    found = told(Outcome("unlock", (after,), "", timedelta()))

    assert after.status == "failed"
    assert found.message == (
        f"Unlocked Helm release apps/demo.v2 with chart demo@1.0.0 in pending-upgrade state{since}"
    )
    assert found.reason == "PendingRelease"


def test_that_a_release_cannot_be_unlocked_is_told():
    found = told(Outcome("unlock", (), "the record is gone", timedelta()))

    assert (found.severity, found.message) == (
        "error",
        "The release cannot be unlocked: the record is gone",
    )
