"""What can go wrong while an artifact is put together."""

from __future__ import annotations

from shared.problem import Problem


class CompositionError(Problem):
    """A copy cannot be made as the spec has it. The message names the file."""


class PatternError(Problem):
    """`spec.pathPattern`, or what it finds, makes no artifact: only another spec or source will."""
