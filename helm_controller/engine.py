"""The one way to Helm's engine: processes that render, and that end when they must.

A chart is somebody else's program. Some loop for ever, some eat all memory, and some end the
process they run in, which no `except` can stop. So each order goes to a worker with limits on time
and memory; what breaks one costs that worker and is told to whoever ordered, as a HelmError.
"""

from __future__ import annotations

import asyncio
import os
import tempfile
from asyncio.subprocess import Process
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import IO, Self

from helm_controller.engine_program import LIBRARY, MIB, EngineProgram
from helm_controller.problem import HelmError
from helm_controller.rendering import Order, Rendering, answer_of


@dataclass(frozen=True, slots=True)
class Limits:
    """What the engine may use.

    `memory` is a worker's address space in bytes; Go reserves about 1.6 GiB of it before it does
    anything, so the default leaves some 330 MiB to use (a program that reserves less has a lower
    limit, and as much to use). `time` is what an order may take, `start` what a worker may take to
    begin. A worker is replaced after `orders`, or once it ever held more than `kept` bytes.
    `answer` is the longest answer in bytes. `patience`: how long an order waits for a worker that
    is at another one before a new worker is started.
    """

    workers: int = 2
    memory: int = 2048 * MIB
    time: timedelta = timedelta(seconds=30)
    start: timedelta = timedelta(seconds=60)
    orders: int = 500
    kept: int = 384 * MIB
    answer: int = 64 * MIB
    patience: timedelta = timedelta(milliseconds=300)


class Engine:
    """A pool of workers: started when they are needed, one order at a time each. An async context
    manager; leaving it ends the workers. `program`: what a worker runs."""

    def __init__(self, limits: Limits = Limits(), program: EngineProgram = LIBRARY) -> None:
        self._limits = limits
        self._program = program
        self._turns = asyncio.Semaphore(limits.workers)
        self._idle: list[_Worker] = []
        self._at_work = 0
        self._search = asyncio.Lock()
        self._freed = asyncio.Event()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *error: object) -> None:
        while self._idle:
            await self._idle.pop().end()

    async def render(self, order: Order) -> Rendering:
        """Render a chart. Raises HelmError for the chart, its values, or a limit it passed."""
        line = await asyncio.to_thread(order.line)
        async with self._turns:
            worker = await self._worker()
            self._at_work += 1
            try:
                return await worker.render(line)
            finally:
                self._at_work -= 1
                if worker.is_good:
                    self._idle.append(worker)
                else:
                    await worker.end()
                self._freed.set()

    async def end_rested(self) -> None:
        """End the workers that had nothing to do since this was last called: each holds 33 MB or,
        with the library, 76."""
        rested = [worker for worker in self._idle if worker.is_rested]
        self._idle = [worker for worker in self._idle if not worker.is_rested]
        for worker in self._idle:
            worker.is_rested = True
        for worker in rested:
            await worker.end()

    async def _worker(self) -> _Worker:
        """One that waits, or that will be free in a moment; another one is started only where all
        are at something that takes its time. Orders search one after the other: those that come
        at once, before there is any worker, would each start one."""
        async with self._search:
            worker = await self._waiting()
            if worker is None and self._at_work:
                with suppress(TimeoutError):
                    async with asyncio.timeout(self._limits.patience.total_seconds()):
                        worker = await self._next()
            return worker or await _Worker.start(self._limits, self._program)

    async def _next(self) -> _Worker | None:
        """The next one that is free; None where none will be: a worker that has done its part is
        not given on."""
        while self._at_work:
            self._freed.clear()
            await self._freed.wait()
            worker = await self._waiting()
            if worker is not None:
                return worker
        return None

    async def _waiting(self) -> _Worker | None:
        """One that waits, if it still lives: the kernel may have ended it to have its memory."""
        while self._idle:
            worker = self._idle.pop()
            if worker.is_alive:
                worker.is_rested = False
                return worker
            await worker.end()
        return None


class _Worker:
    """One process, and how much it has done. Not good any more once an order has gone wrong."""

    def __init__(self, process: Process, warnings: IO[bytes], limits: Limits) -> None:
        self._process = process
        self._warnings = warnings
        self._limits = limits
        self._orders = 0
        self.is_good = self.is_rested = False

    @classmethod
    async def start(cls, limits: Limits, program: EngineProgram) -> Self:
        """A worker that is ready. Raises HelmError where the engine is not installed."""
        warnings = _warnings()
        worker = cls(await _started(limits, program, warnings), warnings, limits)
        try:
            await worker._line(limits.start)
            worker.is_good = True
        finally:
            if not worker.is_good:
                await worker.end()
        return worker

    @property
    def is_alive(self) -> bool:
        """Whether the process is there."""
        return self._process.returncode is None

    async def render(self, line: bytes) -> Rendering:
        """Carry out one order. Raises HelmError."""
        self.is_good = False
        answer = await self._line(self._limits.time, line)
        self._orders += 1
        rendering, memory = await asyncio.to_thread(self._read, answer)
        memory = _largest(self._process.pid, memory)
        self.is_good = self._orders < self._limits.orders and memory < self._limits.kept
        return rendering

    async def end(self) -> None:
        """End the process, whatever it does, and wait until it is gone."""
        if self.is_alive:
            self._process.kill()
        await self._process.wait()
        self._warnings.close()

    def _read(self, answer: bytes) -> tuple[Rendering, int]:
        try:
            return answer_of(answer)
        except HelmError as error:
            # A refusal is an answer like another: the worker is as good as before.
            self.is_good = error.stage != "engine" and self._orders < self._limits.orders
            raise

    async def _line(self, time: timedelta, order: bytes = b"") -> bytes:
        """Hand over an order and wait for the line that answers it."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        try:
            async with asyncio.timeout(time.total_seconds()):
                if order:
                    self._process.stdin.write(order)
                    await self._process.stdin.drain()
                line = await self._process.stdout.readline()
        except TimeoutError:
            raise HelmError(
                "limit", f"rendering took longer than {time.total_seconds():g} s"
            ) from None
        except (BrokenPipeError, ConnectionResetError):
            line = b""
        except ValueError:
            limit = self._limits.answer // MIB
            raise HelmError("limit", f"what the chart renders to is over {limit} MiB") from None
        if not line.endswith(b"\n"):
            raise await self._death()
        return line

    async def _death(self) -> HelmError:
        """Why the process is gone, from what it left behind."""
        code = await self._process.wait()
        said = os.pread(self._warnings.fileno(), 64 * 1024, 0).decode(errors="replace")
        return _post_mortem(code, said, self._limits.memory)


def _post_mortem(code: int, said: str, memory: int) -> HelmError:
    if "stack overflow" in said or "stack exceeds" in said:
        return HelmError("limit", "the chart's templates, or what they build, go round in a circle")
    if any(word in said for word in ("out of memory", "cannot allocate memory", "MemoryError")):
        return HelmError(
            "limit", f"rendering took more memory than a renderer may have ({memory // MIB} MiB)"
        )
    if "No module named" in said:
        return HelmError(
            "engine", f"Helm's engine is not installed: {said.strip().splitlines()[-1]}"
        )
    first = next((line for line in said.splitlines() if line.strip()), "it said nothing")
    return HelmError("limit", f"the renderer ended ({code}) while rendering: {first}")


async def _started(limits: Limits, program: EngineProgram, warnings: IO[bytes]) -> Process:
    """The process of a worker. Raises HelmError where its program cannot be run."""
    seconds = int(limits.time.total_seconds()) + 2
    try:
        return await asyncio.create_subprocess_exec(
            *program.command(limits.memory, 2 * seconds),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=warnings,
            limit=limits.answer,
            env=program.environment(limits.memory),
            cwd="/",
        )
    except OSError as error:
        warnings.close()
        raise HelmError("engine", f"Helm's engine cannot be started: {error}") from error


def _largest(pid: int, said: int) -> int:
    """How many bytes a process ever held. What it says itself counts in what its parent held when
    it was forked, which of a large controller is more than a renderer will ever need."""
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except OSError:
        return said
    found = [line.split()[1] for line in lines if line.startswith("VmHWM:")]
    return int(found[0]) * 1024 if found else said


def _warnings() -> IO[bytes]:
    """Where a worker's standard error goes: a file without a name, read once the worker is dead."""
    return tempfile.TemporaryFile()
