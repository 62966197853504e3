"""What a cloud gives, in forms that do not print themselves."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True, slots=True)
class AwsCredentials:
    """An access key, to sign requests with. `session` is empty for a key that does not run out;
    `until`: when it runs out (UTC)."""

    key_id: str
    secret: str = field(repr=False)
    session: str = field(default="", repr=False)
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class BearerToken:
    """A token for an Authorization header. `until`: when it runs out (UTC)."""

    text: str = field(repr=False)
    until: datetime | None = None
