"""`python -m apiserver`: an API server until it is interrupted, as `penstock apiserver`."""

from __future__ import annotations

import gc
import sys


def _main() -> int:
    # What is loaded stays: to look for garbage in it takes a tenth of the time of the start.
    gc.disable()
    from apiserver.command import main

    gc.freeze()
    gc.enable()
    return main(sys.argv[1:])


if __name__ == "__main__":
    sys.exit(_main())
