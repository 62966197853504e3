"""The audit log: every request in the real server's format, at level Metadata."""

from __future__ import annotations

import asyncio
from collections import deque
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from pathlib import Path
from typing import Literal, Protocol, cast

import orjson

from apiserver.access.gate import Visit
from apiserver.clock import Clock, micro_stamp
from apiserver.value import Object, encode

Stage = Literal["ResponseStarted", "ResponseComplete"]
REMEMBERED = 200_000
"""The most events that are kept in memory; the oldest go first."""


class Sink(Protocol):
    """Where events go, each as a line of JSON."""

    def write(self, line: bytes) -> None:
        """One more event."""

    async def close(self) -> None:
        """No more come."""


class Memory:
    """Keeps events in memory: for tests."""

    def __init__(self) -> None:
        self._lines: deque[bytes] = deque(maxlen=REMEMBERED)

    def write(self, line: bytes) -> None:
        """Keep it."""
        self._lines.append(line)

    def events(self) -> list[Object]:
        """All that are kept, oldest first."""
        return [cast("Object", orjson.loads(line)) for line in self._lines]

    async def close(self) -> None:
        """Nothing to do: what was kept can still be read."""


class File:
    """Appends events to a file, from a thread: the log may be a moment behind."""

    def __init__(self, path: Path) -> None:
        """Raises OSError where it cannot be written."""
        path.touch(mode=0o600)
        self._path = path
        self._thread = ThreadPoolExecutor(1, "apiserver-audit")
        self._lines: list[bytes] = []

    def write(self, line: bytes) -> None:
        """Append it soon."""
        self._lines.append(line)
        if len(self._lines) == 1:
            asyncio.get_running_loop().run_in_executor(self._thread, self._append)

    async def close(self) -> None:
        """Append the last ones."""
        await asyncio.to_thread(self._thread.shutdown)
        self._append()

    def _append(self) -> None:
        # The list is swapped, not emptied: the loop may add to the new one meanwhile.
        lines, self._lines = self._lines, []
        with self._path.open("ab") as file:
            file.writelines(line + b"\n" for line in lines)


class AuditLog:
    """Tells a sink of requests."""

    def __init__(self, sink: Sink, clock: Clock) -> None:
        self._sink = sink
        self._clock = clock

    def began(self, visit: Visit, code: int) -> None:
        """The answer to a watch has begun."""
        self._note(visit, "ResponseStarted", code)

    def closed(self, visit: Visit, code: int) -> None:
        """A request was answered."""
        self._note(visit, "ResponseComplete", code)

    def _note(self, visit: Visit, stage: Stage, code: int) -> None:
        self._sink.write(encode(event_of(visit, stage, code, self._clock.now())))


def event_of(visit: Visit, stage: Stage, code: int, now: datetime) -> Object:
    """One line of the log."""
    letter = visit.letter
    event: Object = {
        "kind": "Event",
        "apiVersion": "audit.k8s.io/v1",
        "level": "Metadata",
        "auditID": letter.number,
        "stage": stage,
        "requestURI": letter.url,
        "verb": visit.about.verb,
        "user": visit.sender.as_object() if visit.sender else {},
    }
    if visit.acting:
        event["impersonatedUser"] = visit.acting.as_object()
    event["sourceIPs"] = [letter.address]
    if letter.agent:
        event["userAgent"] = letter.agent
    if visit.about.resource:
        event["objectRef"] = _reference(visit)
    event["responseStatus"] = _status(visit, code)
    event["requestReceivedTimestamp"] = micro_stamp(letter.received)
    event["stageTimestamp"] = micro_stamp(now)
    if decision := visit.decision:
        event["annotations"] = {
            "authorization.k8s.io/decision": "allow" if decision.allowed else "forbid",
            "authorization.k8s.io/reason": decision.reason,
        }
    return event


def _reference(visit: Visit) -> Object:
    about = visit.about
    parts = {
        "resource": about.resource,
        "namespace": about.namespace,
        "name": about.name,
        "apiGroup": about.group,
        "apiVersion": about.version,
        "subresource": about.subresource,
    }
    return {key: value for key, value in parts.items() if value}


def _status(visit: Visit, code: int) -> Object:
    if visit.refusal is None:
        return {"metadata": {}, "code": code}
    told = visit.refusal.status()
    return {key: value for key, value in told.items() if key not in ("kind", "apiVersion")}
