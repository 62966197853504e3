"""How long a Kustomization may take, has taken, and when it is tried again."""

from __future__ import annotations

from datetime import timedelta

from shared.api.kustomization import Kustomization

_SPARE = timedelta(seconds=30)
_LEAST = timedelta(seconds=30)
# Fetching and building come before what the timeout is for.
_BEFORE = timedelta(minutes=1)


def timeout_of(ks: Kustomization) -> timedelta:
    """The time for applying, and again for health: `timeout`, or 30 seconds less than the interval
    but no less than 30 seconds."""
    return ks.spec.timeout or max(ks.spec.interval - _SPARE, _LEAST)


def attempt_limit(ks: Kustomization) -> timedelta:
    """The longest that one attempt may take. A wait for health ends by itself, with a message
    that says what is missing; this is for what hangs."""
    return 2 * timeout_of(ks) + _BEFORE


def retry_after(ks: Kustomization) -> timedelta:
    """The pace of failure: `retryInterval`, or the interval. Always the same (flux.md 12 (45))."""
    return ks.spec.retry_interval or ks.spec.interval
