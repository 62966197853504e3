"""kubectl, or another command that speaks to a cluster, as a person at a terminal has it."""

from __future__ import annotations

import asyncio
import os
import shutil
from asyncio.subprocess import PIPE
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

LIMIT = 30.0
"""Seconds that one command may take."""


@dataclass(frozen=True, slots=True)
class Said:
    """What a command came to."""

    code: int
    out: str
    complaint: str

    def rows(self) -> list[list[str]]:
        """The words of each line that is not empty."""
        return [line.split() for line in self.out.splitlines() if line.strip()]


@dataclass(frozen=True, slots=True)
class Kubectl:
    """kubectl with a kubeconfig, a namespace, and a home directory in which it keeps what it
    learned of the server. `program`: another one that takes these as kubectl does."""

    kubeconfig: Path
    namespace: str
    home: Path
    program: str = "kubectl"

    async def __call__(self, *words: str, stdin: str = "") -> str:
        """What a command printed. Fails where it did not succeed, or complained."""
        said = await self.attempt(*words, stdin=stdin)
        assert (said.code, said.complaint) == (0, ""), f"{self.program} {' '.join(words)}: {said}"
        return said.out

    async def rows(self, *words: str) -> list[list[str]]:
        """The words of each line that a command printed."""
        return Said(0, await self(*words), "").rows()

    async def attempt(self, *words: str, stdin: str = "") -> Said:
        """What a command came to, whatever that is."""
        async with asyncio.timeout(LIMIT):
            process = await asyncio.create_subprocess_exec(
                self.program, "--namespace", self.namespace, *words,
                stdin=PIPE, stdout=PIPE, stderr=PIPE, env=self._environment(),
            )  # fmt: skip
            out, complaint = await process.communicate(stdin.encode())
        return Said(process.returncode or 0, out.decode(), complaint.decode())

    @asynccontextmanager
    async def following(self, *words: str) -> AsyncIterator[Callable[[], Awaitable[list[str]]]]:
        """The next line, as words, of a command that would go on for ever; it is ended after."""
        process = await asyncio.create_subprocess_exec(
            self.program, "--namespace", self.namespace, *words,
            stdout=PIPE, env=self._environment(),
        )  # fmt: skip
        assert process.stdout is not None
        output = process.stdout

        async def line() -> list[str]:
            async with asyncio.timeout(LIMIT):
                return (await output.readline()).decode().split()

        try:
            yield line
        finally:
            process.kill()
            await process.communicate()

    def _environment(self) -> dict[str, str]:
        return {
            "HOME": str(self.home),
            "KUBECONFIG": str(self.kubeconfig),
            "PATH": os.environ["PATH"],
        }


def is_there() -> bool:
    """Whether this machine has kubectl."""
    return shutil.which("kubectl") is not None
