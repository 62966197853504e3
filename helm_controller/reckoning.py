"""When failures are counted anew, and what is asked for by annotations. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from helm_controller.decision import Wanted
from shared.api.helm_release import HelmRelease, HelmReleaseStatus

REQUESTED_AT = "reconcile.fluxcd.io/requestedAt"
FORCE_AT = "reconcile.fluxcd.io/forceAt"
RESET_AT = "reconcile.fluxcd.io/resetAt"


@dataclass(frozen=True, slots=True)
class Requests:
    """What annotations ask for: an action whatever the state, failures counted anew."""

    force: bool
    reset: bool


def requests_of(hr: HelmRelease) -> Requests:
    """What is asked for now. A request counts where it comes with a request to reconcile of the
    same value, and once."""
    return Requests(
        _is_asked(hr, FORCE_AT, hr.status.last_handled_force_at),
        _is_asked(hr, RESET_AT, hr.status.last_handled_reset_at),
    )


def is_asked(hr: HelmRelease) -> bool:
    """Whether somebody wants to see it reconciled now: then nothing may be overlooked."""
    asked = hr.metadata.annotations.get(REQUESTED_AT)
    return asked is not None and asked != hr.status.last_handled_reconcile_at


def handled(hr: HelmRelease) -> HelmReleaseStatus:
    """What the status says of the requests from now on, whether or not they counted."""
    annotations = hr.metadata.annotations
    return HelmReleaseStatus(
        last_handled_force_at=annotations.get(FORCE_AT, hr.status.last_handled_force_at),
        last_handled_reset_at=annotations.get(RESET_AT, hr.status.last_handled_reset_at),
    )


def why_anew(hr: HelmRelease, wanted: Wanted, requests: Requests) -> str:
    """Why failures are counted anew; empty where they are not."""
    status = hr.status
    if status.last_attempted_generation != hr.metadata.generation:
        return "generation differs from last attempt"
    if status.last_attempted_revision != wanted.chart_version:
        return "chart version differs from last attempt"
    before = status.last_attempted_config_digest
    if before and not wanted.has_values(before):
        return "values differ from last attempt"
    return "reset requested through annotation" if requests.reset else ""


def _is_asked(hr: HelmRelease, annotation: str, before: str) -> bool:
    asked = hr.metadata.annotations.get(annotation)
    now = hr.metadata.annotations.get(REQUESTED_AT)
    return bool(asked) and asked == now and asked != before
