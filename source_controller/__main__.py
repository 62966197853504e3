"""`python -m source_controller`: this controller alone."""

import sys

from shared.runtime.main import run, usage
from source_controller.wiring import PROGRAM

if __name__ == "__main__":
    parser = usage("python -m source_controller", "Fetches sources and offers them as artifacts.")
    sys.exit(run([PROGRAM], sys.argv[1:], usage=parser))
