"""`python -m tests.real.helm_helper [--if-built]`: the Go program around Helm, in the user's cache.

Prints where it is. With `--if-built` nothing is built, and nothing printed where it is not there.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from tests.real.go_program import BuildError, GoProgram, built

FOLDER = Path(__file__).parents[2] / "helm_controller/helper"
HELM_HELPER = GoProgram("penstock-helm", FOLDER, linking=("-s", "-w"))
"""The second engine behind helm_controller.engine."""

COST = (
    "building the helper around Helm from source, once: three minutes on two cores; "
    "40 MB in {cache}, and 1 GB in Go's own caches"
)


def main(arguments: Sequence[str]) -> int:
    """Exit code 1: it cannot be built here, and the last line of stderr says why."""
    if "--if-built" in arguments:
        return _shown()
    return built(HELM_HELPER, COST, _say)


def _shown() -> int:
    """Where Go is not there either, nothing was built."""
    with suppress(BuildError):
        binary = HELM_HELPER.binary()
        if binary.exists():
            sys.stdout.write(f"{binary}\n")
    return 0


def _say(line: str) -> None:
    sys.stderr.write(f"tests.real.helm_helper: {line}\n")
    sys.stderr.flush()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
