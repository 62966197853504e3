"""What goes wrong in a room of this controller."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from shared.problem import Problem

_MOST_SHOWN = 20


class KustomizationProblem(Problem):
    """A Kustomization could not be brought on. The message names the object or the file."""


def together(faults: Sequence[str]) -> str:
    """Several faults as one message, a line each; of very many only the first, and how many."""
    shown = list(faults[:_MOST_SHOWN])
    if len(faults) > _MOST_SHOWN:
        shown.append(f"and {len(faults) - _MOST_SHOWN} more")
    return "\n".join(shown)


def require_none(faults: Iterable[str]) -> None:
    """Raise KustomizationProblem with all faults where there is one."""
    found = list(faults)
    if found:
        raise KustomizationProblem(together(found))
