"""The releases that a HelmRelease remembers, as far back as a rollback may go. Pure."""

from __future__ import annotations

from shared.api.helm_snapshot import ReleaseSnapshot

History = tuple[ReleaseSnapshot, ...]

MOST = 5
"""Releases that are remembered where none of them has succeeded."""

_GOOD = frozenset({"deployed", "superseded"})


def in_order(history: History) -> History:
    """The newest first."""
    return tuple(sorted(history, key=lambda one: -one.version))


def latest(history: History) -> ReleaseSnapshot | None:
    """The newest release; None where there is none."""
    return max(history, key=lambda one: one.version, default=None)


def previous(history: History, *, ignore_tests: bool) -> ReleaseSnapshot | None:
    """The newest release before the latest that has succeeded, its tests included."""
    older = in_order(history)[1:]
    return next((one for one in older if _has_succeeded(one, ignore_tests)), None)


def truncated(history: History, *, ignore_tests: bool) -> History:
    """The history back to the previous release that has succeeded; without one, the last few."""
    ordered = in_order(history)
    target = previous(history, ignore_tests=ignore_tests)
    return ordered[:MOST] if target is None else ordered[: ordered.index(target) + 1]


def shortest(history: History) -> History:
    """The last few releases, whatever became of them."""
    return in_order(history)[:MOST]


def recorded(history: History, snapshot: ReleaseSnapshot) -> History:
    """The history with a release as it is now: one more, or in place of what was known of it. What
    its tests came to, and where its chart came from, is not forgotten."""
    old = next((one for one in history if _key(one) == _key(snapshot)), None)
    if old is not None:
        kept = {
            "test_hooks": snapshot.test_hooks if snapshot.is_tested else old.test_hooks,
            "oci_digest": snapshot.oci_digest or old.oci_digest,
        }
        snapshot = snapshot.model_copy(update=kept)
    others = tuple(one for one in history if _key(one) != _key(snapshot))
    return in_order((snapshot, *others))


def find(history: History, name: str, namespace: str, version: int) -> ReleaseSnapshot | None:
    """What is remembered of one release."""
    wanted = (namespace, name, version)
    return next((one for one in history if _key(one) == wanted), None)


def _has_succeeded(snapshot: ReleaseSnapshot, ignore_tests: bool) -> bool:
    return snapshot.status in _GOOD and (ignore_tests or not snapshot.has_failed_test)


def _key(snapshot: ReleaseSnapshot) -> tuple[str, str, int]:
    return snapshot.namespace, snapshot.name, snapshot.version
