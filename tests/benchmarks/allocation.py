"""How many blocks of memory are held: a count that no machine changes, unlike bytes and seconds."""

from __future__ import annotations

import gc
import sys

SLACK = 1.3
"""By how much it may differ from run to run: what is done for the first time in a process is kept
for the next time, and when garbage is looked for depends on what was there before."""

MARGIN = 500
"""So many more or less say nothing."""


def held() -> int:
    """The blocks that Python has asked for and not given back. All that lives in the process
    counts, the embedded server too: what is written down is what has come on top."""
    # What the finalizers of the first round let go is collected by the second.
    gc.collect()
    gc.collect()
    return sys.getallocatedblocks()
