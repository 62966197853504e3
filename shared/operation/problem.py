"""What goes wrong while a cluster is brought to what is wanted."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from shared.problem import Problem

_MOST_SHOWN = 20


class OperationProblem(Problem):
    """Objects could not be brought to what is wanted. The message names each of them."""


def listed(faults: Sequence[str], separator: str) -> str:
    """Several faults as one text; of very many only the first, and how many there are."""
    shown = list(faults[:_MOST_SHOWN])
    if len(faults) > _MOST_SHOWN:
        shown.append(f"and {len(faults) - _MOST_SHOWN} more")
    return separator.join(shown)


def require_none(faults: Iterable[str]) -> None:
    """Raises OperationProblem with all faults, a line each, where there is one."""
    found = list(faults)
    if found:
        raise OperationProblem(listed(found, "\n"))
