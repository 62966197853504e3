"""What goes wrong in a room of this controller."""

from __future__ import annotations

from shared.problem import Problem


class KustomizationProblem(Problem):
    """A Kustomization could not be brought on. The message names the object or the file."""
