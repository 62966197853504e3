"""Where others fetch our artifacts from (flux.md 1.8)."""

from __future__ import annotations

import os
import socket
from dataclasses import dataclass
from typing import Protocol

WILDCARDS = frozenset({"0.0.0.0", "::"})


class Listener(Protocol):
    """The artifact server."""

    async def port(self) -> int:
        """The port that is listened on, once it is."""


@dataclass(frozen=True, slots=True)
class StorageAddress:
    """What is put in front of the paths of artifacts.

    `advertised`: a `host:port` of the operator's choice; empty: the host that is listened on, which
    is this pod's name where it is every interface, and `localhost` where none is named.
    """

    advertised: str
    host: str
    listener: Listener

    async def url(self, path: str) -> str:
        """The URL of the artifact at a path of the store."""
        if self.advertised:
            return f"http://{self.advertised}/{path}"
        return f"http://{reachable(self.host)}:{await self.listener.port()}/{path}"


def reachable(host: str) -> str:
    """The name that others reach a host by that is listened on."""
    if not host:
        return "localhost"
    if host in WILDCARDS:
        return os.environ.get("HOSTNAME") or socket.gethostname()
    return f"[{host}]" if ":" in host else host
