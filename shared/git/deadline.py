"""How long and how much: what one look at a remote may cost."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta

from shared.git.error import GitError
from shared.reconcile.clock import Clock

MIB = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Limits:
    """The most that a remote may make us take in. Sizes in bytes.

    `received`: over the wire. `thing`: one object, unpacked. `unpacked`: all objects of one fetch.
    `content`: all files of a commit. `name`: one path. `objects`, `files`, `depth`: counts.
    """

    received: int = 1024 * MIB
    thing: int = 256 * MIB
    unpacked: int = 8 * 1024 * MIB
    objects: int = 4_000_000
    content: int = 2 * 1024 * MIB
    files: int = 500_000
    depth: int = 200
    name: int = 4_096


class Deadline:
    """A moment after which a look at a remote is given up, whatever it is waiting for."""

    def __init__(self, clock: Clock, limit: timedelta) -> None:
        self._clock = clock
        self._limit = limit
        self._end = clock.monotonic() + limit.total_seconds()
        self._called_off = False

    def left(self) -> float:
        """The seconds that are left. Raises GitError where there are none."""
        if self.is_over():
            raise GitError(f"timed out after {self._limit.total_seconds():g}s")
        return max(self._end - self._clock.monotonic(), 0.001)

    def is_over(self) -> bool:
        """Whether there is no time left, or nobody waits any more."""
        return self._called_off or self._clock.monotonic() >= self._end

    def call_off(self) -> None:
        """Nobody waits any more: the next question what is left is answered with none."""
        self._called_off = True


@dataclass(slots=True)
class Intake:
    """Reads exactly as much as it is asked to from a stream that gives what it has, for as long as
    there is time, and up to a number of bytes."""

    some: Callable[[int, float], bytes]
    deadline: Deadline
    most: int
    received: int = 0
    _held: bytearray = field(default_factory=bytearray)

    def read(self, size: int) -> bytes:
        """The next `size` bytes; fewer only at the end of the stream. Raises GitError."""
        while len(self._held) < size:
            more = self.some(65_536, self.deadline.left())
            if not more:
                break
            self.received += len(more)
            if self.received > self.most:
                raise GitError(f"the remote sends more than {self.most // MIB} MiB")
            self._held += more
        taken = bytes(self._held[:size])
        del self._held[:size]
        return taken

    def peek(self, size: int) -> bytes:
        """The next `size` bytes, which stay to be read. Raises GitError."""
        ahead = self.read(size)
        self._held[:0] = ahead
        return ahead
