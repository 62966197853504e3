"""Where a HelmRelease is released to, and under which names. Pure."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import timedelta

from shared.api.helm_release import HelmRelease

LONGEST_NAME = 53
_HASH = 12
TIMEOUT = timedelta(minutes=5)
MOST_REVISIONS = 5


@dataclass(frozen=True, slots=True)
class Target:
    """A release of Helm: its name, the namespace of its objects, that of its records."""

    name: str
    namespace: str
    storage: str

    @property
    def full_name(self) -> str:
        """`namespace/name`."""
        return f"{self.namespace}/{self.name}"


def target_of(hr: HelmRelease) -> Target:
    """What a HelmRelease releases."""
    spec, meta = hr.spec, hr.metadata
    prefix = f"{spec.target_namespace}-" if spec.target_namespace else ""
    return Target(
        shortened(spec.release_name or prefix + meta.name),
        spec.target_namespace or meta.namespace,
        spec.storage_namespace or meta.namespace,
    )


def shortened(name: str) -> str:
    """A name that Helm takes: one of more than 53 letters is cut and ends in a checksum of all."""
    if len(name) <= LONGEST_NAME:
        return name
    checksum = hashlib.sha256(name.encode()).hexdigest()[:_HASH]
    return f"{name[: LONGEST_NAME - _HASH - 1]}-{checksum}"


def moved(hr: HelmRelease, chart: str) -> str:
    """What of the target is another than that of the release as it is, for people; empty where
    nothing is. That release has to go before there can be a new one."""
    latest = max(hr.status.history, key=lambda one: one.version, default=None)
    target = target_of(hr)
    if not hr.status.storage_namespace or latest is None:
        return ""
    if target.storage != hr.status.storage_namespace:
        return "storage namespace"
    if target.namespace != latest.namespace:
        return "release namespace"
    if target.name != latest.name:
        return "release name"
    in_place = hr.spec.upgrade and hr.spec.upgrade.chart_name_change_strategy == "InPlaceUpdate"
    return "chart name" if chart != latest.chart_name and not in_place else ""


def timeout_of(hr: HelmRelease, own: timedelta | None = None) -> timedelta:
    """How long a step of an action may take. `own`: what the action says itself."""
    return own or hr.spec.timeout or TIMEOUT


def most_revisions(hr: HelmRelease) -> int:
    """How many records are kept; 0: all."""
    return MOST_REVISIONS if hr.spec.max_history is None else hr.spec.max_history
