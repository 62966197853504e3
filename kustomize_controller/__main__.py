"""`python -m kustomize_controller`: this controller alone."""

import argparse
import sys

from kustomize_controller.wiring import PROGRAM
from shared.runtime.main import run

if __name__ == "__main__":
    usage = argparse.ArgumentParser(prog="python -m kustomize_controller")
    sys.exit(run([PROGRAM], sys.argv[1:], usage=usage))
