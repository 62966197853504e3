"""`python -m controllers source kustomize [flags]`: any set of controllers in one process."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from controllers.catalogue import PROGRAMS
from shared.runtime.main import run, usage

PROG = "python -m controllers"
EXAMPLE = f"{PROG} source kustomize --kubeconfig ~/.kube/config --storage-path ./data"
DESCRIPTION = "Runs controllers in one process. Each family of controllers elects its own leader."


def main(arguments: Sequence[str]) -> int:
    """Run the named controllers until SIGTERM; the exit code."""
    parser = usage(PROG, DESCRIPTION, EXAMPLE)
    names = [word for word in arguments if word in PROGRAMS]
    parser.add_argument(
        "controllers", nargs="+", choices=sorted(PROGRAMS), help="the controllers to run"
    )
    return run([PROGRAMS[name] for name in dict.fromkeys(names)], arguments, usage=parser)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
