"""What goes wrong in a room of this controller."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from shared.problem import Problem

_MOST_SHOWN = 20


class KustomizationProblem(Problem):
    """A Kustomization could not be brought on. The message names the object or the file."""


def listed(faults: Sequence[str], separator: str) -> str:
    """Several faults as one text; of very many only the first, and how many there are."""
    shown = list(faults[:_MOST_SHOWN])
    if len(faults) > _MOST_SHOWN:
        shown.append(f"and {len(faults) - _MOST_SHOWN} more")
    return separator.join(shown)


def require_none(faults: Iterable[str]) -> None:
    """Raises KustomizationProblem with all faults, a line each, where there is one."""
    found = list(faults)
    if found:
        raise KustomizationProblem(listed(found, "\n"))
