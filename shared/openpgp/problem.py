"""What is said of bytes that are no OpenPGP."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from shared.problem import Problem


class OpenPgpProblem(Problem):
    """Bytes are not OpenPGP, or end too early. Nothing of them is quoted."""


@contextmanager
def told_as(kind: type[Problem]) -> Iterator[None]:
    """What is wrong with the bytes, as a problem of whoever has to do with them."""
    try:
        yield
    except OpenPgpProblem as problem:
        raise kind(str(problem)) from None
