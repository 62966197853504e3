"""The process that renders: `python -m helm_controller.engine_worker MEMORY SECONDS`.

Reads an order a line from standard input, writes an answer a line to what was its standard output,
until the input ends. MEMORY (bytes of address space) and SECONDS (of processor time an order) are
limits that the kernel keeps, for this process and against a parent that is gone.
"""

from __future__ import annotations

import os
import resource
import stat
import sys
from collections.abc import Callable
from typing import BinaryIO

from helm_controller.problem import HelmError
from helm_controller.rendering import Order, Rendering, answer_line

Render = Callable[[Order], Rendering]

NICENESS = 5
LARGEST_FILE = 64 * 2**20
KIB = 1 if sys.platform == "darwin" else 1024
"""The unit of `ru_maxrss`."""


def main() -> None:
    """Serve orders until there are no more."""
    memory, seconds = map(int, sys.argv[1:3])
    _confine(memory)
    answers = _private_output()
    # Only now: what Helm's library reserves counts.
    from helm_controller.library import render, version

    answers.write(version().encode() + b"\n")
    answers.flush()
    for line in sys.stdin.buffer:
        _allow(seconds)
        _forget_warnings()
        answers.write(answer_line(_outcome(line, render), memory=_most_memory()))
        answers.flush()


def _outcome(line: bytes, render: Render) -> Rendering | HelmError:
    try:
        return render(Order.of(line))
    except HelmError as error:
        return error
    except RecursionError:
        return HelmError("limit", "something in the chart or its values is nested too deep")
    except MemoryError:
        return HelmError("limit", "the renderer ran out of memory")


def _confine(memory: int) -> None:
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (LARGEST_FILE, LARGEST_FILE))
    os.nice(NICENESS)


def _allow(seconds: int) -> None:
    """Grant processor time for one order more: a loop ends then, though nobody is left to do it."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    soft = int(used.ru_utime + used.ru_stime) + seconds
    resource.setrlimit(resource.RLIMIT_CPU, (soft, resource.RLIM_INFINITY))


def _private_output() -> BinaryIO:
    """Where answers go. Whatever else prints, prints among the warnings."""
    output = os.fdopen(os.dup(1), "wb", buffering=2**20)
    os.dup2(2, 1)
    return output


def _forget_warnings() -> None:
    """Standard error is a file of the caller's: what it holds is of one order."""
    if stat.S_ISREG(os.fstat(2).st_mode):
        os.ftruncate(2, 0)
        os.lseek(2, 0, os.SEEK_SET)


def _most_memory() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * KIB


if __name__ == "__main__":
    main()
