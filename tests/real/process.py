"""One program of the control plane, running: it never outlives the process that started it."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
from collections.abc import Sequence
from pathlib import Path

from shared.problem import Problem

SECONDS_TO_STOP = 20
SHOWN_OF_A_LOG = 25


class ProcessError(Problem):
    """A program did not start or ended by itself; the message shows the end of its log."""


class Process:
    """`kube <name> <flags>`, its output in a file.

    The program watches the pipe that is its standard input (tests/real/kube/main.go): when this
    process ends, in whatever way, the pipe closes and the program ends too.
    """

    def __init__(self, binary: Path, name: str, flags: Sequence[str], log: Path) -> None:
        self.name = name
        self._command = [str(binary), name, *flags]
        self._log = log
        self._running: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int:
        """Of the running program. Raises ProcessError where it does not run."""
        self.require_alive()
        assert self._running is not None
        return self._running.pid

    def start(self) -> None:
        """Start the program; it is not ready yet."""
        with self._log.open("ab") as log:
            self._running = subprocess.Popen(
                self._command,
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=log,
                env={**os.environ, "KUBE_UNTIL_STDIN_ENDS": "1"},
                start_new_session=True,
            )

    def require_alive(self) -> None:
        """Raise ProcessError where the program ended without being asked to."""
        if self._running is None:
            raise ProcessError(f"{self.name} has not been started")
        code = self._running.poll()
        if code is not None:
            raise ProcessError(
                f"{self.name} ended with code {code}; its log ends with:\n{self._end()}"
            )

    def stop(self, number: signal.Signals = signal.SIGKILL) -> None:
        """End the program, and wait for its end; killed where it does not obey in time."""
        running, self._running = self._running, None
        if running is None:
            return
        running.send_signal(number)
        try:
            running.wait(SECONDS_TO_STOP)
        except subprocess.TimeoutExpired:
            running.kill()
            running.wait()
        assert running.stdin is not None
        running.stdin.close()

    def _end(self) -> str:
        lines = self._log.read_text(errors="replace").splitlines()
        return "\n".join(lines[-SHOWN_OF_A_LOG:])


class Port:
    """A free loopback port, held until closed, so that nobody else is given it meanwhile.

    The socket here only binds; the program that shares it (SO_REUSEPORT) is the one that listens.
    """

    def __init__(self) -> None:
        self._socket = socket.socket()
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        self._socket.bind(("127.0.0.1", 0))
        self.number: int = self._socket.getsockname()[1]

    def close(self) -> None:
        """Give the port back."""
        self._socket.close()
