"""`python -m tests.real.helm_helper [--if-built]`: the Go program around Helm, in the user's cache.

Prints where it is. With `--if-built` nothing is built, and nothing printed where it is not there.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

from tests.real.go_program import BuildError, GoProgram

FOLDER = Path(__file__).parents[2] / "helm_controller/helper"
HELM_HELPER = GoProgram("penstock-helm", FOLDER, linking=("-s", "-w"))
"""The second engine behind helm_controller.engine."""

COST = (
    "building the helper around Helm from source, once: three minutes on two cores; "
    "40 MB in {cache}, and 1 GB in Go's own caches"
)


def main(arguments: Sequence[str]) -> int:
    """Exit code 1: it cannot be built here, and the last line of stderr says why."""
    try:
        binary = HELM_HELPER.binary()
        if not binary.exists():
            if "--if-built" in arguments:
                return 0
            _say(COST.format(cache=binary.parent))
        sys.stdout.write(f"{HELM_HELPER.build(_say)}\n")
    except BuildError as error:
        if "--if-built" in arguments:
            return 0
        _say(f"Helm's helper is not there: {error}")
        return 1
    return 0


def _say(line: str) -> None:
    sys.stderr.write(f"tests.real.helm_helper: {line}\n")
    sys.stderr.flush()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
