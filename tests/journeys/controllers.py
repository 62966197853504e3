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


@dataclass(slots=True)
class Controllers:
    """`python -m controllers source kustomize`, with flags; `log` is a file."""

    flags: list[str]
    namespace: str
    log: Path
    process: Process | None = field(default=None)

    async def start(self) -> None:
        """Start the process. It is not waited for: what it does is seen in the cluster."""
        assert self.process is None
        with self.log.open("ab") as log:
            self.process = await asyncio.create_subprocess_exec(
                sys.executable, "-m", "controllers", "source", "kustomize", *self.flags,
                cwd=ROOT, env={**os.environ, "RUNTIME_NAMESPACE": self.namespace},
                stdout=log, stderr=log,
            )  # fmt: skip

    async def end(self, number: signal.Signals = signal.SIGTERM) -> int:
        """End the process; its exit code."""
        assert self.process is not None
        if self.process.returncode is None:
            self.process.send_signal(number)
        code = await self.process.wait()
        self.process = None
        return code

    async def restart(self, number: signal.Signals) -> None:
        """End the process and start it again, with the same storage and an empty memory."""
        await self.end(number)
        await self.start()
