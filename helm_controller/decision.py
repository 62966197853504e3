"""What state a release is in, and what is to be done about it. Pure.

The state machine of Flux's helm-controller (reference flux.md 5.4): every state and every policy is
a row of tests/data/helm_controller/decision.yaml. Whoever acts asks again until nothing is left.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

from helm_controller.config_digest import config_digests
from helm_controller.history import History, latest, previous, shortest, truncated
from helm_controller.observation import is_as_remembered
from helm_controller.problem import HelmError
from helm_controller.release_record import Record
from helm_controller.remediation import (
    Remediation,
    active,
    of_install,
    of_upgrade,
    retry_after,
)
from shared.api.helm_release import HelmRelease, HelmReleaseSpec, HelmReleaseStatus
from shared.api.helm_snapshot import ReleaseSnapshot
from shared.manifest.identity import section, text

State = Literal[
    "Absent", "Locked", "Unmanaged", "OutOfSync", "Untested", "Failed", "Drifted", "InSync"
]
"""How a release is, compared with what is wanted. `Locked`: somebody began something with it and
did not end it; `Unmanaged`: somebody else than we did the last thing to it."""

Action = Literal["install", "upgrade", "unlock", "test", "rollback", "uninstall", "correct"]

PENDING = frozenset({"pending-install", "pending-upgrade", "pending-rollback", "uninstalling"})
"""What a release is called while somebody is at it. Who is not at it any more left it so. (Flux
does not know what to do about one that was being uninstalled.)"""

_PLAIN: Mapping[State, Action] = {"Locked": "unlock", "Untested": "test"}
"""What is always done about a state."""

Intact = Callable[[ReleaseSnapshot], bool]
"""Whether the record of a release is still there, and as it was."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a HelmRelease wants, as far as it can be compared with what is recorded.
    `config_digests`: the checksums of its values by every algorithm."""

    chart_name: str
    chart_version: str
    config_digest: str
    post_renderers_digest: str = ""
    common_metadata_digest: str = ""
    config_digests: frozenset[str] = frozenset()

    def has_values(self, config_digest: str) -> bool:
        """Whether these are the values that a checksum was made of."""
        return config_digest in {self.config_digest, *self.config_digests}


@dataclass(frozen=True, slots=True)
class Observed:
    """The state of a release, and why it is in it. `continues`: it is unmanaged, but goes on from
    what is remembered."""

    state: State
    why: str = ""
    continues: bool = False


@dataclass(frozen=True, slots=True)
class Wish:
    """What asks for more than the state does. `forced`: an action is asked for, whatever the state;
    `retries`: failures are retried where the spec does not say what follows them."""

    forced: bool = False
    retries: bool = False


@dataclass(frozen=True, slots=True)
class Decision:
    """What is to be done: an action, nothing, or nothing more until the spec changes (`stalled` is
    the reason for that). `history`: what is remembered from now on."""

    action: Action | None
    history: History
    why: str = ""
    stalled: str = ""


def observe(
    hr: HelmRelease, status: HelmReleaseStatus, wanted: Wanted, last: Record | None
) -> Observed:
    """How a release is. `last`: its newest record. Raises HelmError for a status that Helm does not
    leave behind."""
    if last is None:
        return Observed("Absent", "no release in storage for object")
    if last.status in PENDING:
        return Observed("Locked", f"release with status '{last.status}'")
    known = latest(status.history)
    if known is None and last.status != "uninstalled":
        return Observed("Unmanaged", "found existing release in storage")
    if known is not None and not is_as_remembered(known, last):
        why = "release not observed to be made for object"
        return Observed("Unmanaged", why, _continues(status, wanted, last))
    return _of_ours(hr, status, wanted, last)


def _continues(status: HelmReleaseStatus, wanted: Wanted, last: Record) -> bool:
    """Whether a release that is not remembered is made of what is wanted, or of what one that is
    remembered was: then it may well be ours, of an attempt that was killed before it could say so,
    and what there was before it is good to go back to."""
    if any(each.version > last.revision for each in status.history):
        return False
    values = frozenset(config_digests(section(last.release, "config")).values())
    chart = text(last.chart, "name"), text(last.chart, "version")
    known = [(one.chart_name, one.chart_version, one.config_digest) for one in status.history]
    known.append((wanted.chart_name, wanted.chart_version, wanted.config_digest))
    return any((name, version) == chart and digest in values for name, version, digest in known)


def _of_ours(hr: HelmRelease, status: HelmReleaseStatus, wanted: Wanted, last: Record) -> Observed:
    """How a release is that nobody else has done anything to."""
    known = latest(status.history)
    if last.status == "uninstalled" or known is None:
        return Observed("Absent", "found uninstalled release in storage")
    if last.status == "failed":
        return Observed("Failed")
    if last.status == "deployed":
        return _of_deployed(hr, status, wanted, last, known)
    raise HelmError("release", f"unable to determine state for release with status '{last.status}'")


def _of_deployed(
    hr: HelmRelease,
    status: HelmReleaseStatus,
    wanted: Wanted,
    last: Record,
    known: ReleaseSnapshot,
) -> Observed:
    if changed := _change(hr, status, wanted, last, known):
        return Observed("OutOfSync", changed)
    if hr.spec.test is None or not hr.spec.test.enable:
        return Observed("InSync")
    if not known.is_tested:
        return Observed("Untested")
    remediation = active(hr.spec, status)
    if remediation and not remediation.ignores_tests and known.has_failed_test:
        return Observed("Failed", "release has test in failed phase")
    return Observed("InSync")


def _change(
    hr: HelmRelease,
    status: HelmReleaseStatus,
    wanted: Wanted,
    last: Record,
    known: ReleaseSnapshot,
) -> str:
    """What is another than in the release as it is; empty where nothing is."""
    if (text(last.chart, "name"), text(last.chart, "version")) != (
        wanted.chart_name,
        wanted.chart_version,
    ):
        return "release chart changed"
    if not wanted.has_values(known.config_digest):
        return "release config values changed"
    # A status that was written by an older Flux knows no checksums. But after a failure that was
    # rolled back, what is there was made without what is wanted, whatever was observed.
    if status.observed_generation == hr.metadata.generation and not status.failures:
        return ""
    if status.observed_post_renderers_digest != wanted.post_renderers_digest:
        return "postrenderers digest has changed"
    if status.observed_common_metadata_digest != wanted.common_metadata_digest:
        return "common metadata digest has changed"
    return ""


def decide(
    spec: HelmReleaseSpec,
    status: HelmReleaseStatus,
    observed: Observed,
    wish: Wish,
    intact: Intact,
) -> Decision:
    """What is to be done next. `intact` is asked for the release that a rollback would go to."""
    history = status.history
    match observed.state:
        case "InSync":
            kept = _kept_in_sync(spec, status, wish)
            return _forced(kept) if wish.forced else Decision(None, kept)
        case "Unmanaged":
            # What is remembered may be of another release than this one.
            kept = history if observed.continues else ()
            return Decision("upgrade", kept, observed.why)
        case "Drifted":
            corrects = spec.drift_detection and spec.drift_detection.mode == "enabled"
            return Decision("correct" if corrects else None, history, observed.why)
        case "Failed":
            return _remedied(spec, status, observed, wish, intact)
        case "Absent":
            return _tried("install", of_install(spec, status), history, observed, wish)
        case "OutOfSync":
            return _tried("upgrade", of_upgrade(spec, status), history, observed, wish)
        case plain:
            return Decision(_PLAIN[plain], history, observed.why)


def _tried(
    action: Literal["install", "upgrade"],
    remediation: Remediation,
    history: History,
    observed: Observed,
    wish: Wish,
) -> Decision:
    """An action, as long as there are attempts left."""
    if remediation.is_exhausted and not wish.forced:
        return Decision(None, history, f"cannot {action} release", "RetriesExceeded")
    return Decision(action, history, observed.why)


def _forced(history: History) -> Decision:
    return Decision("upgrade", history, "force requested through annotation")


def _kept_in_sync(spec: HelmReleaseSpec, status: HelmReleaseStatus, wish: Wish) -> History:
    """The history of a release that is as it should be: back to the one to go back to."""
    action = status.last_attempted_release_action
    if retry_after(spec, action, by_default=wish.retries) is not None:
        return shortest(status.history)
    remediation = active(spec, status)
    in_general = spec.test is not None and spec.test.ignore_failures
    ignores = remediation.ignores_tests if remediation else in_general
    return truncated(status.history, ignore_tests=ignores)


def _remedied(
    spec: HelmReleaseSpec,
    status: HelmReleaseStatus,
    observed: Observed,
    wish: Wish,
    intact: Intact,
) -> Decision:
    """What follows a failure."""
    action = status.last_attempted_release_action
    if retry_after(spec, action, by_default=wish.retries) is not None:
        return Decision("upgrade", shortest(status.history), "retrying failed release")
    remediation = active(spec, status)
    if remediation is None:
        return Decision("upgrade", status.history, "no active remediation strategy")
    if remediation.failures <= 0:
        # Counted anew: what it failed with has changed since.
        return Decision("upgrade", status.history, "release conditions have changed")
    if wish.forced:
        return _forced(status.history)
    if remediation.is_exhausted and not remediation.last:
        why = "cannot remediate failed release"
        return Decision(None, status.history, why, "RetriesExceeded")
    history = truncated(status.history, ignore_tests=remediation.ignores_tests)
    if remediation.strategy == "uninstall":
        return Decision("uninstall", history, observed.why)
    return _rolled_back(remediation, history, observed, intact)


def _rolled_back(
    remediation: Remediation, history: History, observed: Observed, intact: Intact
) -> Decision:
    target = previous(history, ignore_tests=remediation.ignores_tests)
    if target is None:
        why = "no release found: cannot remediate failed release"
        reason = "MissingRollbackTarget"
        return Decision(None, history, why, reason)
    if not intact(target):
        why = f"the record of {target.full_name} is gone, or is another than it was"
        return Decision("upgrade", history, why)
    return Decision("rollback", history, observed.why)
