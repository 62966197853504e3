"""What a process costs, seen from outside: seconds, seconds of CPU, and its largest size."""

from __future__ import annotations

import os
import subprocess
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from shared.problem import Problem


class RunError(Problem):
    """A program that is measured has failed; the message is what it said."""


@dataclass(frozen=True, slots=True)
class Cost:
    """One run: seconds on the wall and of CPU, bytes at the largest, what it printed to stdout and
    to stderr.

    The size cannot be seen below that of the process that starts it (Linux hands the mark down), so
    whoever measures stays small.
    """

    seconds: float
    cpu: float
    peak: int
    output: bytes
    remarks: bytes


def run(command: Sequence[str | Path], folder: Path) -> Cost:
    """Run a program to its end in a folder. Raises RunError where it fails."""
    with tempfile.TemporaryFile() as output, tempfile.TemporaryFile() as remarks:
        begun = time.perf_counter()
        process = subprocess.Popen(command, cwd=folder, stdout=output, stderr=remarks)
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - begun
        process.returncode = os.waitstatus_to_exitcode(status)
        output.seek(0)
        remarks.seek(0)
        said = remarks.read()
        if process.returncode:
            raise RunError(f"{command[0]} failed: {said.decode(errors='replace')[-1000:]}")
        cpu = usage.ru_utime + usage.ru_stime
        return Cost(seconds, cpu, usage.ru_maxrss * 1024, output.read(), said)
