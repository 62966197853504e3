"""Answers of token services (OAuth 2), and the moments that tokens run out at."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from shared.cloud.credential import BearerToken
from shared.cloud.error import CloudError
from shared.cloud.surroundings import Surroundings
from shared.cloud.web import Call, form
from shared.reconcile.clock import Clock


async def asked(
    surroundings: Surroundings, url: str, fields: Mapping[str, str], of: str, proxy: str = ""
) -> BearerToken:
    """The token that a service gives for a form. Raises CloudError."""
    headers, body = form(fields)
    reply = await surroundings.web.ask(Call(url, headers, body, proxy=proxy))
    return token_in(reply.fields(of), of, surroundings.clock)


def token_in(said: Mapping[str, object], of: str, clock: Clock) -> BearerToken:
    """The token in an answer. Raises CloudError where there is none."""
    text = said.get("access_token")
    if not isinstance(text, str) or not text:
        raise CloudError(f"{of} answers without a token")
    return BearerToken(text, clock.now() + timedelta(seconds=_seconds(said.get("expires_in"))))


def moment_in(text: object) -> datetime | None:
    """A moment in RFC 3339; None for what is none."""
    try:
        moment = datetime.fromisoformat(text if isinstance(text, str) else "")
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _seconds(said: object) -> float:
    """For how long: a number, which Azure's metadata service writes as text."""
    try:
        return max(0.0, min(float(str(said)), 86_400.0))
    except ValueError:
        return 0.0
