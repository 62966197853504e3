"""The three ways a reconciliation can fall short of Ready.

The class says what to do next, the reason is for machines (Flux's vocabulary), the message is for
the person who reads the object. `condition` names an abnormal-true condition of the kind, such as
`FetchFailed`, that the failure raises beside Ready=False. `beside` is the reason and message of
Stalled or Reconciling, where that is not those of Ready: what has failed is one thing, that it was
tried as often as it may be another. `told`: an event has said it already, or none has to: that
something new has not been fetched yet is the usual course of things.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Self


class Failure(Exception):
    """Base of the three: a reason, a message, and the condition it raises beside Ready."""

    def __init__(
        self,
        reason: str,
        message: str,
        *,
        condition: str = "",
        beside: tuple[str, str] | None = None,
    ) -> None:
        super().__init__(message)
        self.reason = reason
        self.message = message
        self.condition = condition
        self.beside = beside
        self.told = False

    def as_told(self) -> Self:
        """The same failure, of which no event has to tell (any more)."""
        self.told = True
        return self


class Retryable(Failure):
    """The world misbehaved; the same spec may succeed later. Back off, then retry."""


class Stalled(Failure):
    """The spec cannot succeed as written. Do not retry until it changes."""


class Waiting(Failure):
    """Something this object depends on is not there yet. Look again soon; alarm nobody, but where
    it should have been there long ago (`alarm`)."""

    def __init__(
        self,
        reason: str,
        message: str,
        retry_in: timedelta,
        *,
        condition: str = "",
        beside: tuple[str, str] | None = None,
    ) -> None:
        super().__init__(reason, message, condition=condition, beside=beside)
        self.retry_in = retry_in
        self.alarm = False

    def as_alarm(self) -> Self:
        """The same, and somebody should know."""
        self.alarm = True
        return self
