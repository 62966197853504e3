"""What a Kustomization says of itself, in conditions and events. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from kustomize_controller.limit import timeout_of
from shared.api import duration
from shared.api.kustomization import Kustomization, KustomizationStatus
from shared.manifest.identity import Ref
from shared.reconcile.attempt import Attempt


def doing(what: str, ks: Kustomization, attempt: Attempt[KustomizationStatus]) -> str:
    """What is going on, with the revision and the time that it may take."""
    revision = attempt.about.get("revision", "")
    limit = duration.format(timeout_of(ks))
    return f"{what} for revision {revision} with a timeout of {limit}"


def finished(ks: Kustomization, took: timedelta) -> str:
    """What is told at the end of an attempt that went well."""
    return (
        f"Reconciliation finished in {duration.format(took)}, "
        f"next run in {duration.format(ks.spec.interval)}"
    )


def left_behind(ks: Kustomization, refs: Sequence[Ref]) -> str:
    """What is told where nothing may be deleted any more."""
    names = ", ".join(str(ref) for ref in refs)
    return (
        f"the service account that {ks.metadata.name} acts as is gone, so nothing can be deleted "
        f"in its name; left behind: {names}"
    )


def still_there(ks: Kustomization, refs: Sequence[Ref]) -> str:
    """What is told where objects do not go in time."""
    names = ", ".join(str(ref) for ref in refs)
    return f"after {duration.format(timeout_of(ks))} still being terminated: {names}"
