"""One leader among the replicas of a controller, by a Lease.

The rules are client-go's, so that its replicas and ours can stand beside each other: whether a
Lease has run out is judged by when its last change was *seen*, on our own steady clock; what the
other side's clock said is only for people. Two things are stricter. The deadline of a leader counts
from the start of its last good renewal, not from when it first failed; and a leader that reads
somebody else's name in the Lease stops at once.
"""

from __future__ import annotations

import asyncio
import hashlib
import platform
import random
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog

from shared.cluster.error import ClusterError, Conflict, NotFound
from shared.cluster.lease import Lock, Seen, Tenure
from shared.problem import Problem
from shared.reconcile.clock import Clock

JITTER = 1.2
"""By how much the pause of those who wait may grow, so that they do not all ask at one time."""

log: structlog.stdlib.BoundLogger = structlog.get_logger()


class LeadershipError(Problem):
    """The times of an election do not fit together."""


class LeadershipLost(LeadershipError):
    """Somebody else leads by now, or may do so soon: this process must stop writing."""


@dataclass(frozen=True, slots=True)
class Times:
    """How long others wait before they take a Lease over, how long its holder tries to renew it,
    and the pause between two tries. Raises LeadershipError where a holder could go on for longer
    than the others wait."""

    duration: timedelta = timedelta(seconds=35)
    renew_deadline: timedelta = timedelta(seconds=30)
    retry_period: timedelta = timedelta(seconds=5)

    def __post_init__(self) -> None:
        if not self.duration > self.renew_deadline > self.retry_period * JITTER:
            raise LeadershipError(
                "leader election: the lease duration must be longer than the renew deadline,"
                f" and that longer than {JITTER} times the retry period"
            )


def lease_name(controller: str, selector: str = "") -> str:
    """The name of the Lease of a controller; each shard, told by its label selector, has its own
    (reference flux.md 1.3)."""
    shard = f"-{hashlib.sha256(selector.encode()).hexdigest()[:8]}" if selector else ""
    return f"{controller}-leader-election{shard}"


def own_identity() -> str:
    """A name for this process that no other one ever has: host and a random part."""
    return f"{platform.node()}_{uuid.uuid4()}"


class Leadership:
    """One candidate. First `lead`, then `keep` beside the work, `release` at the end."""

    def __init__(
        self,
        lock: Lock,
        identity: str,
        times: Times,
        clock: Clock,
        *,
        chance: Callable[[], float] = random.random,
    ) -> None:
        self._lock = lock
        self._identity = identity
        self._times = times
        self._clock = clock
        self._chance = chance
        # What was last seen in the Lease, and when that was news to us.
        self._seen: Seen | None = None
        self._seen_at = 0.0
        self._renewed_at: float | None = None

    async def lead(self) -> None:
        """Wait until we are elected."""
        log.info("leader.waiting", lease=str(self._lock), identity=self._identity)
        period = self._times.retry_period
        while not await self._tried(self._times.renew_deadline):
            await self._clock.sleep(period * (1 + JITTER * self._chance()))
        log.info("leader.elected", lease=str(self._lock), identity=self._identity)

    async def keep(self) -> None:
        """Renew until that fails for too long. Raises LeadershipLost; never returns."""
        while True:
            await self._clock.sleep(min(self._times.retry_period, self._left()))
            left = self._left()
            if left <= timedelta(0):
                self._renewed_at = None
                raise LeadershipLost(f"{self._lock} could not be renewed in time")
            await self._tried(left)
            self._check_holder()

    async def release(self) -> None:
        """Give the Lease back, where we hold it, so that others need not wait for its end."""
        if self._seen is None or not self.holds():
            return
        self._renewed_at = None
        empty = self._seen.tenure.given_up(self._clock.now())
        try:
            async with asyncio.timeout(self._times.retry_period.total_seconds()):
                await self._lock.update(empty, self._seen.version)
        except (ClusterError, TimeoutError) as error:
            log.warning("leader.not_released", lease=str(self._lock), error=str(error))

    def holds(self) -> bool:
        """Whether we are leader beyond doubt: no other can have been elected meanwhile, not even
        if this process was frozen for a while. For asking before what cannot be undone."""
        return self._renewed_at is not None and self._left() > timedelta(0)

    def _left(self) -> timedelta:
        """How long we may go on without another renewal."""
        if self._renewed_at is None:
            return timedelta(0)
        since = timedelta(seconds=self._clock.monotonic() - self._renewed_at)
        return self._times.renew_deadline - since

    def _check_holder(self) -> None:
        holder = self._seen.tenure.holder if self._seen else ""
        if holder not in {"", self._identity}:
            self._renewed_at = None
            raise LeadershipLost(f"{self._lock} is held by {holder} now")

    async def _tried(self, limit: timedelta) -> bool:
        """Try once to get or to renew the Lease; whether that worked."""
        started = self._clock.monotonic()
        try:
            async with asyncio.timeout(limit.total_seconds()):
                if not await self._claim():
                    return False
        except (ClusterError, TimeoutError) as error:
            log.warning("leader.no_answer", lease=str(self._lock), error=str(error))
            return False
        self._renewed_at = started
        return True

    async def _claim(self) -> bool:
        if self._renewed_at is not None and self._seen:
            try:
                await self._write(self._seen)
            except (Conflict, NotFound):
                pass  # it is not what we left: look at it
            else:
                return True
        return await self._look_and_claim()

    async def _look_and_claim(self) -> bool:
        try:
            self._see(await self._lock.read())
        except NotFound:
            self._see(await self._lock.create(Tenure.first(*self._claims())))
            return True
        if self._seen is None or self._is_held_by_another(self._seen.tenure):
            return False
        await self._write(self._seen)
        return True

    async def _write(self, seen: Seen) -> None:
        self._see(await self._lock.update(seen.tenure.renewed_by(*self._claims()), seen.version))

    def _claims(self) -> tuple[str, int, datetime]:
        return self._identity, int(self._times.duration.total_seconds()), self._clock.now()

    def _see(self, seen: Seen) -> None:
        if self._seen is None or seen.tenure != self._seen.tenure:
            self._seen_at = self._clock.monotonic()
        self._seen = seen

    def _is_held_by_another(self, tenure: Tenure) -> bool:
        if tenure.holder in {"", self._identity}:
            return False
        return self._clock.monotonic() < self._seen_at + tenure.seconds
