"""Credentials that are given or lie in files, and are read again when they rotate."""

from __future__ import annotations

import asyncio
import base64
from dataclasses import dataclass, field

from shared.cluster.access import NOTHING, AccessError, Identity, Material
from shared.reconcile.clock import Clock

REREAD_AFTER = 60.0
"""Seconds. The kubelet replaces the token of a pod well before the old one ends."""


@dataclass(frozen=True, slots=True)
class Materials:
    """What a kubeconfig or a pod offers: a bearer token, a user with a password, a certificate."""

    token: Material = NOTHING
    user: str = ""
    password: str = field(default="", repr=False)
    certificate: Material = NOTHING
    key: Material = NOTHING

    def identity(self) -> Identity:
        """What is there now. Blocks on files. Raises AccessError."""
        return Identity(self._authorization(), self.certificate.read(), self.key.read())

    def _authorization(self) -> str:
        if self.token:
            return f"Bearer {_token(self.token)}"
        if self.user:
            pair = f"{self.user}:{self.password}".encode()
            return f"Basic {base64.b64encode(pair).decode()}"
        return ""


class HeldCredential:
    """Materials, remembered for a minute and read again at once when they have been refused."""

    def __init__(self, materials: Materials, clock: Clock) -> None:
        self._materials = materials
        self._clock = clock
        self._identity: Identity | None = None
        self._read_at = 0.0

    async def identity(self, *, fresh: bool = False) -> Identity:
        """Who we are now. Raises AccessError where a file cannot be read and never could."""
        now = self._clock.monotonic()
        if self._identity is None or fresh or now - self._read_at >= REREAD_AFTER:
            self._identity = await self._read()
            self._read_at = now
        return self._identity

    async def _read(self) -> Identity:
        try:
            return await asyncio.to_thread(self._materials.identity)
        except AccessError:
            # A file may be away for a moment while it is replaced: what we have may well still do.
            if self._identity is None:
                raise
            return self._identity


def _token(material: Material) -> str:
    """A token, which must fit into a header. Raises AccessError, without quoting it."""
    token = material.read().strip()
    if not token or not token.isascii() or any(byte <= 32 or byte == 127 for byte in token):
        raise AccessError(f"{material.path or 'the token'} does not hold a token")
    return token.decode()
