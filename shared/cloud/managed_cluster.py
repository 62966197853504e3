"""Clusters that a cloud runs, as their ConfigMaps name them (reference flux.md 1.12)."""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from shared.cloud.credential import BearerToken
from shared.cloud.error import CloudError
from shared.cloud.identity import Identity


@dataclass(frozen=True, slots=True)
class Described:
    """What a cloud says of a cluster: the https:// URL of its API server, and the certificates
    (PEM) that it is known by. `until`: when it is worth asking again (UTC)."""

    server: str
    ca: str
    until: datetime | None = None


class ManagedClusters(Protocol):
    """The clusters of one cloud, by the names that it has for them."""

    def check(self, cluster: str) -> None:
        """Raises CloudError for what names none: it becomes a part of an address."""

    async def describe(self, cluster: str, identity: Identity) -> Described:
        """Where a cluster is. Raises a Problem."""

    async def token(self, cluster: str, identity: Identity) -> BearerToken:
        """A token for its API server. Raises a Problem."""


def certificates(said: object, of: str) -> str:
    """Certificates in base64, as all clouds give them. Raises CloudError."""
    try:
        return base64.b64decode(said if isinstance(said, str) else "", validate=True).decode()
    except (binascii.Error, UnicodeDecodeError):
        raise CloudError(f"{of} answers with certificates that are not base64") from None


def server_named(said: object, of: str) -> str:
    """The URL of an API server; clouds leave the scheme out at times. Raises CloudError."""
    if not isinstance(said, str) or not said:
        raise CloudError(f"{of} answers without an address")
    return said if said.startswith("https://") else f"https://{said.removeprefix('http://')}"
