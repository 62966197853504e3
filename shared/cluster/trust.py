"""TLS contexts out of PEM bytes, made anew when a CA or a client certificate rotates."""

from __future__ import annotations

import asyncio
import ssl
import tempfile

from shared.cluster.access import Access, AccessError, Identity
from shared.reconcile.clock import Clock

REREAD_AFTER = 60.0
"""Seconds between two looks at the CA file."""


class Trust:
    """Whom we take for the server, and what we show it of ourselves."""

    def __init__(self, access: Access, clock: Clock) -> None:
        self._access = access
        self._clock = clock
        self._ca = b""
        self._read_at: float | None = None
        # A connection of the pool is only used again with the very context that it was opened with.
        self._made: tuple[bytes, bytes, bytes] | None = None
        self._context: ssl.SSLContext | None = None

    async def context(self, identity: Identity, *, fresh: bool = False) -> ssl.SSLContext | None:
        """The context for a request; None where the server is spoken to in the clear. `fresh`: the
        server's certificate has just been found wanting. Raises AccessError."""
        if not self._access.server.startswith("https:"):
            return None
        await self._read_ca(fresh=fresh)
        wanted = (self._ca, identity.certificate, identity.key)
        if self._context is None or wanted != self._made:
            self._context = await asyncio.to_thread(self._make, identity)
            self._made = wanted
        return self._context

    async def _read_ca(self, *, fresh: bool) -> None:
        now = self._clock.monotonic()
        if fresh or self._read_at is None or now - self._read_at >= REREAD_AFTER:
            try:
                self._ca = await asyncio.to_thread(self._access.ca.read)
            except AccessError:
                # Away for a moment while it is replaced: what we have may well still do.
                if self._read_at is None:
                    raise
            self._read_at = now

    def _make(self, identity: Identity) -> ssl.SSLContext:
        try:
            context = ssl.create_default_context(cadata=self._ca.decode() or None)
        except (ssl.SSLError, ValueError) as error:
            raise AccessError(f"the CA of {self._access.server} is not PEM") from error
        if self._access.insecure:
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
        if identity.certificate:
            _show(context, identity)
        return context


def _show(context: ssl.SSLContext, identity: Identity) -> None:
    """Python's TLS takes client certificates from files only: a private one, for this moment."""
    with tempfile.NamedTemporaryFile() as file:
        file.write(identity.certificate + b"\n" + identity.key)
        file.flush()
        try:
            context.load_cert_chain(file.name)
        except (ssl.SSLError, ValueError):
            raise AccessError("the client certificate and its key do not fit together") from None
