"""The controllers as a process of their own, so that they can be stopped, killed and started."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from asyncio.subprocess import Process
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True, slots=True)
class Storage:
    """Where the source controller keeps and serves artifacts, and which URL is a directory here."""

    directory: Path
    port: int
    local: str

    def flags(self) -> list[str]:
        """The flags of the source controller that say so."""
        return [
            f"--storage-path={self.directory}",
            f"--storage-addr=127.0.0.1:{self.port}",
            f"--local-repository={self.local}",
        ]


def command(*words: str, kubeconfig: Path) -> list[str]:
    """`python -m <words>` against a cluster, without probes."""
    flags = [f"--kubeconfig={kubeconfig}", "--health-addr=0", "--metrics-addr=0"]
    return [sys.executable, "-m", *words, *flags]


@dataclass(slots=True)
class Controllers:
    """One or more processes with controllers; `log` is a file that all of them write to."""

    commands: list[list[str]]
    namespace: str
    log: Path
    processes: list[Process] = field(default_factory=list)

    async def start(self) -> None:
        """Start the processes. They are not waited for: what they do is seen in the cluster."""
        assert not self.processes
        with self.log.open("ab") as log:
            self.processes = [
                await asyncio.create_subprocess_exec(
                    *words, cwd=ROOT, stdout=log, stderr=log,
                    env={**os.environ, "RUNTIME_NAMESPACE": self.namespace},
                )
                for words in self.commands
            ]  # fmt: skip

    async def end(self, number: signal.Signals = signal.SIGTERM) -> list[int]:
        """End the processes; their exit codes."""
        for process in self.processes:
            if process.returncode is None:
                process.send_signal(number)
        codes = [await process.wait() for process in self.processes]
        self.processes = []
        return codes

    async def restart(self, number: signal.Signals) -> None:
        """End the processes and start them again, with the same storage and an empty memory."""
        await self.end(number)
        await self.start()
