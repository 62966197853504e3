"""How an attempt ends: Ready, or what falls short of it and what is done about that.

The words and the rules are those of Flux's internal/reconcile/atomic_release.go.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from helm_controller.account import OVERTAKEN
from helm_controller.decision import Observed
from helm_controller.history import latest
from helm_controller.remediation import active, retry_after
from helm_controller.summary import marked, summary
from helm_controller.task import Task
from shared.api import duration
from shared.api.helm_release import HelmRelease, HelmReleaseStatus
from shared.reconcile.attempt import Attempt
from shared.reconcile.condition import Mark
from shared.reconcile.failure import Failure, Retryable, Stalled, Waiting
from shared.reconcile.settlement import Ready

Spread = Callable[[timedelta], timedelta]
"""A pause, a little longer or shorter than asked for."""


@dataclass(frozen=True, slots=True)
class Ending:
    """The endings of one attempt. `retries`: whether failures are retried where the spec does not
    say what follows them; `spread`: spreads pauses, so that not all come back at once."""

    hr: HelmRelease
    attempt: Attempt[HelmReleaseStatus]
    task: Task
    retries: bool
    spread: Spread

    def settled(self, observed: Observed) -> Ready:
        """There is nothing left to do. Raises Waiting where that is not enough to be ready."""
        if observed.state == "InSync":
            self._released()
            self._undrifted()
        self.attempt.record(HelmReleaseStatus().model_copy(update=self.task.changes))
        ready = self._ready("nothing was released yet")
        if ready.status == "True":
            return Ready(ready.reason, ready.message)
        raise Waiting(ready.reason, ready.message, self.hr.spec.interval).as_told()

    def paused(self, observed: Observed) -> Ready:
        """More is to be done, but not in this attempt. Raises Failure, unless no attempt is left:
        then things stay as they are."""
        if failure := self._another():
            raise failure
        return self.settled(observed)

    def remedied(self) -> Failure:
        """A failure was remedied: it is tried again, as long as there are attempts left."""
        remediation = active(self.hr.spec, self.attempt.status)
        if remediation is not None and remediation.reinstalls:
            return self._again()
        return self._another() or self.given_up("RetriesExceeded", "")

    def given_up(self, reason: str, why: str) -> Failure:
        """There is nothing more to be done until the spec changes."""
        status = self.attempt.status
        if reason == "MissingRollbackTarget":
            message = f"Failed to perform remediation: {why}"
        else:
            remediation = active(self.hr.spec, status)
            attempts = remediation.failures if remediation else status.failures
            action = status.last_attempted_release_action or "release"
            message = f"Failed to {action} after {attempts} attempt(s)"
        ready = self._ready(message, reason)
        if ready.status == "True":
            ready = Mark("False", reason, message)
        return Stalled(ready.reason, ready.message, beside=(reason, message)).as_told()

    def overtaken(self) -> Failure:
        """There is something newer to release: at once."""
        ready = self._ready("there is something newer to release", OVERTAKEN)
        return Waiting(ready.reason, ready.message, timedelta(0)).as_told()

    def unrecorded(self, fault: str) -> Failure:
        """An action failed before it changed anything: that counts as no attempt."""
        ready = self._ready(fault, "ReconcileError")
        if ready.status == "True":
            ready = Mark("False", "ReconcileError", fault)
        return self._retrying(ready) or Retryable(ready.reason, ready.message).as_told()

    def _another(self) -> Failure | None:
        """The failure that asks for another attempt; None where there is none left."""
        retrying = self._retrying(self._ready("it is tried again"))
        if retrying is not None:
            return retrying
        remediation = active(self.hr.spec, self.attempt.status)
        return self._again() if remediation is None or not remediation.is_exhausted else None

    def _again(self) -> Failure:
        ready = self._ready("it is tried again")
        return Retryable(ready.reason, ready.message).as_told()

    def _retrying(self, ready: Mark) -> Failure | None:
        """The failure that waits for the retry interval, where that is the strategy."""
        action = self.attempt.status.last_attempted_release_action
        pause = retry_after(self.hr.spec, action, by_default=self.retries)
        if pause is None:
            return None
        beside = "ProgressingWithRetry", f"retrying after {duration.format(pause)}"
        return Waiting(ready.reason, ready.message, self.spread(pause), beside=beside).as_told()

    def _released(self) -> None:
        """The release is what is wanted: what was said of it when it was not is over."""
        known = latest(self.attempt.status.history)
        if known is None:
            return
        remediated = self._mark("Remediated")
        released = self._mark("Released")
        if remediated is not None:
            self.attempt.unmark("Remediated")
        if remediated is None and released is not None and released.status == "True":
            return
        is_installed = (released and released.reason.startswith("Install")) or (
            released is None and known.action == "install"
        )
        verb = "install" if is_installed and remediated is None else "upgrade"
        message = f"Helm {verb} succeeded for release {known.full_name} with chart {known.chart}"
        self.attempt.mark("Released", Mark("True", f"{verb.capitalize()}Succeeded", message))

    def _undrifted(self) -> None:
        """Nothing has drifted, or nobody looks for it."""
        detection = self.hr.spec.drift_detection
        if detection is not None and detection.mode in {"enabled", "warn"}:
            message = "No drift detected against the cluster state"
            self.attempt.mark("Drifted", Mark("False", "NoDriftDetected", message))
        elif self._mark("Drifted") is not None:
            self.attempt.unmark("Drifted")

    def _ready(self, otherwise: str, reason: str = "Progressing") -> Mark:
        test = self.hr.spec.test
        if test is None or not test.enable:
            self.attempt.unmark("TestSuccess")
        found = summary(
            self.hr.spec,
            self.attempt.status.conditions,
            self.attempt.marks,
            self.hr.metadata.generation,
        )
        return found or Mark("Unknown", reason, otherwise)

    def _mark(self, kind: str) -> Mark | None:
        return marked(self.attempt.status.conditions, self.attempt.marks, kind)
