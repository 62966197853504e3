"""Which occurrences become Kubernetes Events, and which only count up one that is there. No I/O.

The rules are those of client-go's recorder, so that `kubectl get events` reads as it does with
Flux: the same again counts up; from the tenth on, events that differ in their message alone are
combined, until ten minutes pass without one; an object that has told 25 things gets one more each
five minutes.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from shared.api.field import to_rfc3339
from shared.cluster.occurrence import Occurrence
from shared.manifest.identity import Manifest
from shared.reconcile.clock import Clock

REMEMBERED = 4096
SIMILAR = 10
SIMILAR_WITHIN = 600.0
BURST = 25
ONE_MORE_AFTER = 300.0
COMBINED = "(combined from similar events): "

Key = tuple[str, ...]
Value = TypeVar("Value")


@dataclass(slots=True)
class Series:
    """One Kubernetes Event, and how often it happened."""

    name: str
    namespace: str
    first: str
    last: str = ""
    count: int = 0
    message: str = ""
    # Whether the server has it: only then can it be counted up there.
    written: bool = False

    def counted(self) -> Manifest:
        """What a repetition changes in the Event."""
        return {"count": self.count, "lastTimestamp": self.last, "message": self.message}


@dataclass(slots=True)
class _Similar:
    last: float
    messages: set[str] = field(default_factory=set)


@dataclass(slots=True)
class _Budget:
    left: float
    filled: float


class _Recent(Generic[Value]):
    """The values that were used last."""

    def __init__(self) -> None:
        self._values: OrderedDict[Key, Value] = OrderedDict()

    def get(self, key: Key) -> Value | None:
        if key not in self._values:
            return None
        self._values.move_to_end(key)
        return self._values[key]

    def put(self, key: Key, value: Value) -> Value:
        self._values[key] = value
        if len(self._values) > REMEMBERED:
            self._values.popitem(last=False)
        return value


class Correlation:
    """What was told lately, by object."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._series: _Recent[Series] = _Recent()
        self._similar: _Recent[_Similar] = _Recent()
        self._budgets: _Recent[_Budget] = _Recent()
        self._number = 0

    def take(self, occurrence: Occurrence) -> Series | None:
        """The Event that the occurrence belongs to, counted up; None where too much was told about
        the object of late."""
        message = self._combined(occurrence)
        # Combined ones count together, whatever each of them says.
        told = COMBINED if message.startswith(COMBINED) else message
        key = (*occurrence.similar, told)
        series = self._series.get(key) or self._series.put(key, self._begun(occurrence))
        series.count += 1
        series.last = to_rfc3339(occurrence.when)
        series.message = message
        return series if self._afford(occurrence) else None

    def _combined(self, occurrence: Occurrence) -> str:
        now = self._clock.monotonic()
        seen = self._similar.get(occurrence.similar)
        if seen is None or now - seen.last > SIMILAR_WITHIN:
            seen = self._similar.put(occurrence.similar, _Similar(now))
        seen.last = now
        seen.messages.add(occurrence.message)
        if len(seen.messages) < SIMILAR:
            return occurrence.message
        seen.messages.pop()
        return COMBINED + occurrence.message

    def _begun(self, occurrence: Occurrence) -> Series:
        """An Event that is new. Its name has the time in it, as client-go's have; two of one moment
        must not have the same."""
        self._number = max(self._number + 1, int(occurrence.when.timestamp() * 1e9))
        name = f"{occurrence.about['name']}.{self._number:x}"
        namespace = occurrence.about.get("namespace", "default")
        return Series(name, namespace, to_rfc3339(occurrence.when))

    def _afford(self, occurrence: Occurrence) -> bool:
        now = self._clock.monotonic()
        key = tuple(occurrence.about.get(part, "") for part in ("kind", "namespace", "name", "uid"))
        budget = self._budgets.get(key) or self._budgets.put(key, _Budget(BURST, now))
        budget.left = min(BURST, budget.left + (now - budget.filled) / ONE_MORE_AFTER)
        budget.filled = now
        if budget.left < 1:
            return False
        budget.left -= 1
        return True
