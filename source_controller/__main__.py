"""`python -m source_controller`: this controller alone."""

import argparse
import sys

from shared.runtime.main import run
from source_controller.wiring import PROGRAM

if __name__ == "__main__":
    usage = argparse.ArgumentParser(prog="python -m source_controller")
    sys.exit(run([PROGRAM], sys.argv[1:], usage=usage))
