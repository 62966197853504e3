"""`python -m helm_controller`: this controller alone."""

import sys

from helm_controller.wiring import PROGRAM
from shared.runtime.main import run, usage

if __name__ == "__main__":
    parser = usage(
        "python -m helm_controller", "Releases charts and keeps them as HelmReleases say."
    )
    sys.exit(run([PROGRAM], sys.argv[1:], usage=parser))
