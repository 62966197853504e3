"""Where questions to a registry begin, and for how long that is believed."""

from __future__ import annotations

from datetime import timedelta
from urllib.parse import quote

from shared.oci.connection import Connection
from shared.oci.error import Unreachable

KNOWN_FOR = timedelta(minutes=1)
"""How long it is not tried again whether a registry speaks TLS."""


class Base:
    """`https://registry`; where it may be insecure and does not speak TLS, `http://registry`.

    What is not insecure is never anything but the first. For the rest TLS comes first, as in Flux;
    what came of that is known for a minute, or until it is forgotten.
    """

    def __init__(self, connection: Connection, registry: str, *, insecure: bool) -> None:
        self._connection = connection
        self._secure = f"https://{quote(registry, safe=':[]')}"
        self._insecure = insecure
        self._known, self._until = "", 0.0

    async def url(self) -> str:
        """Scheme and registry. Asks the registry where that is not known."""
        if not self._insecure:
            return self._secure
        clock = self._connection.clock
        if not self._known or clock.monotonic() >= self._until:
            self._known = await self._tried()
            self._until = clock.monotonic() + KNOWN_FOR.total_seconds()
        return self._known

    def forget(self) -> None:
        """Try anew: what is there has changed."""
        self._known = ""

    async def _tried(self) -> str:
        try:
            async with self._connection.ask("GET", f"{self._secure}/v2/", {}):
                return self._secure
        except Unreachable:
            return self._secure.replace("https://", "http://", 1)
