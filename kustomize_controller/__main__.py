"""`python -m kustomize_controller`: this controller alone."""

import sys

from kustomize_controller.wiring import PROGRAM
from shared.runtime.main import run, usage

if __name__ == "__main__":
    parser = usage(
        "python -m kustomize_controller", "Builds Kustomizations and keeps them on a cluster."
    )
    sys.exit(run([PROGRAM], sys.argv[1:], usage=parser))
