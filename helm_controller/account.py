"""What an action came to, as it is told on the HelmRelease: history, counters, conditions, events.
Pure. The words are those of Flux's internal/reconcile."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta

from helm_controller.decision import Action
from helm_controller.history import History, find, latest, recorded
from helm_controller.observation import runs_of_tests, snapshot_of
from helm_controller.release_record import Record
from helm_controller.remediation import active
from shared.api.helm_release import HelmReleaseSpec, HelmReleaseStatus
from shared.api.helm_snapshot import ReleaseSnapshot
from shared.artifact.digest import DEFAULT
from shared.manifest.identity import text
from shared.reconcile.attempt import Severity
from shared.reconcile.condition import Mark

OVERTAKEN = "HealthCheckCanceled"
"""The reason of what was ended for something newer; the name is Flux's."""

SNAPSHOT_ACTIONS: Mapping[Action, str] = {
    "install": "install",
    "upgrade": "upgrade",
    "rollback": "rollback",
    "uninstall": "uninstall-remediation",
}


@dataclass(frozen=True, slots=True)
class Attempted:
    """What an action was about: the release and the chart, for people. `algorithm`: what checksums
    of it are made by."""

    full_name: str
    chart_name: str
    chart_version: str
    oci_digest: str = ""
    algorithm: str = DEFAULT


@dataclass(frozen=True, slots=True)
class Outcome:
    """What an action came to. `written`: the records that it wrote, the newest first; `fault`: why
    it failed, empty where it did not; `target`: the release that a rollback went to; `overtaken`:
    whether it has only been ended for something newer."""

    action: Action
    written: tuple[Record, ...]
    fault: str
    took: timedelta
    target: ReleaseSnapshot | None = None
    overtaken: bool = False


@dataclass(frozen=True, slots=True)
class Account:
    """What is told of an outcome: fields of the status, conditions (None: taken off), an event."""

    status: HelmReleaseStatus
    marks: dict[str, Mark | None]
    severity: Severity
    reason: str
    message: str
    metadata: dict[str, str] = field(default_factory=dict)


def account(
    spec: HelmReleaseSpec,
    status: HelmReleaseStatus,
    outcome: Outcome,
    attempted: Attempted,
    *,
    retries: bool,
) -> Account:
    """What is told of an outcome. `retries`: whether failures of the action are simply retried."""
    status = with_history(status, outcome, attempted)
    told = _told(spec, status, outcome, attempted, retries=retries)
    return _uncounted(told, status) if outcome.overtaken else told


def _uncounted(told: Account, before: HelmReleaseStatus) -> Account:
    """The account of what was ended for something newer: that is no failure of the release."""
    marks = {
        kind: mark and (mark if mark.status != "False" else replace(mark, reason=OVERTAKEN))
        for kind, mark in told.marks.items()
    }
    counters = {each: getattr(before, each) for each in cleared()}
    status = told.status.model_copy(update=counters)
    return replace(told, status=status, marks=marks, severity="info", reason=OVERTAKEN)


def _told(
    spec: HelmReleaseSpec,
    status: HelmReleaseStatus,
    outcome: Outcome,
    attempted: Attempted,
    *,
    retries: bool,
) -> Account:
    match outcome.action:
        case "install" | "upgrade":
            return _of_release(spec, status, outcome, attempted, retries=retries)
        case "test":
            return _of_test(spec, status, outcome)
        case "rollback" | "uninstall":
            return _of_remedy(status, outcome)
        case _:
            return _of_unlock(status, outcome, attempted)


def with_history(
    status: HelmReleaseStatus, outcome: Outcome, attempted: Attempted
) -> HelmReleaseStatus:
    """The status with the releases as they were recorded."""
    # An installation is a new beginning: nothing from before is ever gone back to.
    history: History = () if outcome.action == "install" else status.history
    for record in reversed(outcome.written):
        history = _with_record(history, record, outcome, attempted)
    return status.model_copy(update={"history": history})


def _with_record(
    history: History, record: Record, outcome: Outcome, attempted: Attempted
) -> History:
    known = find(history, record.name, text(record.release, "namespace"), record.revision)
    is_newest = record is outcome.written[0]
    if known is None and not is_newest:
        return history
    action = SNAPSHOT_ACTIONS.get(outcome.action, known.action if known else "")
    if known is not None and not (is_newest and outcome.action in {"rollback", "uninstall"}):
        action = known.action
    oci = known.oci_digest if known else ""
    if is_newest and outcome.action in {"install", "upgrade"}:
        oci = attempted.oci_digest
    snapshot = snapshot_of(record, action, oci, attempted.algorithm)
    if outcome.action == "test":
        snapshot = snapshot.model_copy(update={"test_hooks": runs_of_tests(record)})
    return recorded(history, snapshot)


def _of_release(
    spec: HelmReleaseSpec,
    status: HelmReleaseStatus,
    outcome: Outcome,
    attempted: Attempted,
    *,
    retries: bool,
) -> Account:
    verb = outcome.action
    marks: dict[str, Mark | None] = {"TestSuccess": None, "Remediated": None}
    news: dict[str, object] = {
        "last_attempted_release_action": verb,
        "last_attempted_release_action_duration": outcome.took,
    }
    if verb == "install":
        reason = "InstallFailed" if outcome.fault else "InstallSucceeded"
    else:
        reason = "UpgradeFailed" if outcome.fault else "UpgradeSucceeded"
    if outcome.fault:
        message = (
            f"Helm {verb} failed for release {attempted.full_name} with chart "
            f"{attempted.chart_name}@{attempted.chart_version}: {outcome.fault}"
        )
        news |= _failures(status, f"{verb}_failures" if outcome.written else "")
    else:
        now = _latest(status)
        message = f"Helm {verb} succeeded for release {now.full_name} with chart {now.chart}"
        if spec.test is not None and spec.test.enable and not now.is_tested:
            pending = f"Helm release {now.full_name} with chart {now.chart} is awaiting tests"
            marks["TestSuccess"] = Mark("Unknown", "AwaitingTests", pending)
        if retries:
            news |= cleared()
    marks["Released"] = Mark("False" if outcome.fault else "True", reason, message)
    changed = status.model_copy(update=news)
    about = {} if outcome.fault else _about(_latest(status))
    return Account(changed, marks, _severity(outcome), reason, message, about)


def _of_test(spec: HelmReleaseSpec, status: HelmReleaseStatus, outcome: Outcome) -> Account:
    now = _latest(status)
    about = f"for release {now.full_name} with chart {now.chart}"
    if not outcome.fault:
        message = f"Helm test succeeded {about}: {_tests(now)}"
        marks: dict[str, Mark | None] = {"TestSuccess": Mark("True", "TestSucceeded", message)}
        return Account(status, marks, "info", "TestSucceeded", message, _about(now))
    message = f"Helm test failed {about}: {outcome.fault}"
    remediation = active(spec, status)
    counts = remediation is not None and not remediation.ignores_tests and now.is_tested
    counter = f"{remediation.action}_failures" if remediation is not None and counts else ""
    changed = status.model_copy(update=_failures(status, counter))
    marks = {"TestSuccess": Mark("False", "TestFailed", message)}
    return Account(changed, marks, "error", "TestFailed", message, _about(now))


def _of_remedy(status: HelmReleaseStatus, outcome: Outcome) -> Account:
    about = outcome.target or _latest(status)
    if outcome.action == "rollback":
        reason = "RollbackFailed" if outcome.fault else "RollbackSucceeded"
        what = f"Helm rollback to previous release {about.full_name} with chart {about.chart}"
    else:
        reason = "UninstallFailed" if outcome.fault else "UninstallSucceeded"
        what = f"Helm uninstall remediation for release {about.full_name} with chart {about.chart}"
    message = f"{what} failed: {outcome.fault}" if outcome.fault else f"{what} succeeded"
    if outcome.fault:
        status = status.model_copy(update=_failures(status, ""))
    marks: dict[str, Mark | None] = {
        "Remediated": Mark("False" if outcome.fault else "True", reason, message)
    }
    return Account(status, marks, _severity(outcome), reason, message, _about(about))


def _of_unlock(status: HelmReleaseStatus, outcome: Outcome, attempted: Attempted) -> Account:
    """What is told of a release that somebody left behind half done."""
    if not outcome.written:
        message = f"The release cannot be unlocked: {outcome.fault}"
        marks: dict[str, Mark | None] = {"Released": Mark("False", "PendingRelease", message)}
        return Account(status, marks, "error", "PendingRelease", message)
    record = outcome.written[0]
    about = snapshot_of(record, "", algorithm=attempted.algorithm)
    _, left, since = text(record.info, "description").split("'", 2)
    state = since.removeprefix(" state")
    message = (
        f"Unlocked Helm release {about.full_name} with chart {about.chart} in {left} state{state}"
    )
    marks = {"Released": Mark("False", "PendingRelease", message)}
    return Account(status, marks, "info", "PendingRelease", message, _about(about))


def cleared() -> dict[str, object]:
    """No failure is counted any more."""
    return {"failures": 0, "install_failures": 0, "upgrade_failures": 0}


def unlocked(record: Record, holder: str = "") -> Record:
    """The record of a release that somebody has begun something with, and not ended: it failed.
    `holder`: who that was, as far as the cluster tells."""
    began = text(record.info, "last_deployed")
    who = f" by {holder}" if holder else ""
    since = f": begun{who} at {began}, and not ended" if began else ""
    said = f"Release unlocked from stale '{record.status}' state{since}"
    return replace(record.with_status("failed", said))


def _failures(status: HelmReleaseStatus, counter: str) -> dict[str, object]:
    """One more failure, and one more of a kind."""
    news: dict[str, object] = {"failures": status.failures + 1}
    if counter:
        news[counter] = getattr(status, counter) + 1
    return news


def _tests(snapshot: ReleaseSnapshot) -> str:
    count = len(snapshot.test_hooks or {})
    if not count:
        return "no test hooks"
    return f"{count} test {'hook' if count == 1 else 'hooks'} completed successfully"


def _about(snapshot: ReleaseSnapshot) -> dict[str, str]:
    """What an event says of the release that it is about."""
    about = {
        "revision": snapshot.chart_version,
        "token": snapshot.config_digest,
        "app-version": snapshot.app_version,
        "oci-digest": snapshot.oci_digest,
    }
    return {key: value for key, value in about.items() if value}


def _latest(status: HelmReleaseStatus) -> ReleaseSnapshot:
    found = latest(status.history)
    if found is None:
        raise AssertionError("an action that succeeded has recorded a release")
    return found


def _severity(outcome: Outcome) -> Severity:
    return "error" if outcome.fault else "info"
