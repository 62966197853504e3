"""Faults on demand, for tests of clients: only whoever makes a server can ask for them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from apiserver.access.attribute import Attributes
from apiserver.refusal import Refusal
from apiserver.value import Object

_REASONS = {429: "TooManyRequests", 500: "InternalError", 503: "ServiceUnavailable"}


@dataclass(frozen=True, slots=True)
class Fault:
    """What goes wrong with one request.

    `delay`: seconds until anything happens. `code`: the request is refused with it (0: it is not),
    with a Retry-After of `retry_after` seconds where that is more than 0. `cut_after`: seconds
    until the connection is cut, which a watch feels; None: it is not.
    """

    delay: float = 0.0
    code: int = 0
    retry_after: int = 0
    cut_after: float | None = None

    def refusal(self) -> Refusal:
        """The refusal with its code."""
        details: Object | None = None
        if self.retry_after:
            details = {"retryAfterSeconds": self.retry_after}
        reason = _REASONS.get(self.code, "")
        return Refusal(self.code, reason, "a fault that was asked for", details)


Faults = Callable[[Attributes], Fault | None]
"""Decides for each request what goes wrong with it; None: nothing."""


def flawless(about: Attributes) -> Fault | None:
    """Nothing goes wrong."""
    return None
