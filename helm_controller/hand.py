"""In whose hand the drift of releases is put right. Pure."""

from __future__ import annotations

from helm_controller.release_store import MANAGER
from helm_controller.workplace import GROUP
from shared.operation.mark import Marks
from shared.operation.writer import Writer

MARKS = Marks("HelmRelease", GROUP, MANAGER)
"""Flux's own labels and field manager, so that either can go on where the other was."""


def writer_of(overridden: tuple[str, ...] = ()) -> Writer:
    """Who writes. `overridden`: field managers whose fields are taken over, so that what they have
    put into an object of a release is drift."""
    claims = {(manager, way) for manager in overridden for way in ("Apply", "Update")}
    return Writer(MARKS, frozenset(claims))
