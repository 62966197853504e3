"""The gate: who asks, as whom, and whether they may."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from multidict import CIMultiDictProxy

from apiserver.access.attribute import Attributes, forbidden
from apiserver.access.authentication import Authentication, Certificate
from apiserver.access.identity import User
from apiserver.access.impersonation import impersonated, wanted
from apiserver.access.policy import Authoriser, Decision
from apiserver.refusal import Refusal


@dataclass(frozen=True, slots=True)
class Letter:
    """What a request says of itself: its URL, the program and the address that sent it, and when it
    came."""

    url: str
    agent: str
    address: str
    received: datetime
    number: str


@dataclass(slots=True)
class Visit:
    """One request at the gate, filled in on its way through: what it is about, who sent it, as whom
    they act (None: as themselves), what was decided, and why it failed."""

    about: Attributes
    letter: Letter
    sender: User | None = None
    acting: User | None = None
    decision: Decision | None = None
    refusal: Refusal | None = None

    @property
    def user(self) -> User:
        """Who counts. Raises LookupError where nobody was let in."""
        found = self.acting or self.sender
        if found is None:
            raise LookupError("nobody was let in")
        return found


@dataclass(frozen=True, slots=True)
class Gate:
    """Lets requests in."""

    authentication: Authentication
    authoriser: Authoriser

    def admit(
        self, visit: Visit, headers: CIMultiDictProxy[str], certificate: Certificate | None
    ) -> None:
        """Fill in who asks. Raises a 401 or 403."""
        authorization = headers.get("Authorization", "")
        visit.sender = self.authentication.user_of(authorization, certificate)
        other = wanted(headers)
        if other is not None:
            visit.acting = impersonated(visit.sender, other, visit.about, self.authoriser)
        visit.decision = self.authoriser.decide(visit.user, visit.about)
        if not visit.decision.allowed:
            raise forbidden(visit.user.name, visit.about, visit.decision.reason)
