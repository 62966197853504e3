"""`python -m controllers source kustomize [flags]`: any set of controllers in one process."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from controllers.catalogue import PROGRAMS
from shared.runtime.main import run

EXAMPLE = """
example:
  python -m controllers source kustomize --kubeconfig ~/.kube/config --storage-path ./data
"""


def main(arguments: Sequence[str]) -> int:
    """Run the named controllers until SIGTERM; the exit code."""
    usage = argparse.ArgumentParser(
        prog="python -m controllers",
        description="Runs controllers in one process. Controllers of one family elect one leader.",
        epilog=EXAMPLE,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    names = [word for word in arguments if word in PROGRAMS]
    usage.add_argument(
        "controllers", nargs="+", choices=sorted(PROGRAMS), help="the controllers to run"
    )
    return run([PROGRAMS[name] for name in dict.fromkeys(names)], arguments, usage=usage)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
