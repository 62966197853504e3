"""Where an API server is, how it is told from an impostor, and who we are to it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from shared.cluster.error import ClusterError


class AccessError(ClusterError):
    """There is no way to the API server as configured: the message names the file and the entry."""


@dataclass(frozen=True, slots=True)
class Material:
    """Bytes that are given, or in a file that somebody may replace while we run."""

    data: bytes = field(default=b"", repr=False)
    path: str = ""

    def read(self) -> bytes:
        """The bytes as they are now. Blocks on the file. Raises AccessError."""
        if not self.path:
            return self.data
        try:
            return Path(self.path).read_bytes()
        except OSError as error:
            raise AccessError(f"cannot read {self.path}: {error.strerror}") from error

    def __bool__(self) -> bool:
        """Whether there is anything to read."""
        return bool(self.data or self.path)


NOTHING = Material()


@dataclass(frozen=True, slots=True)
class Identity:
    """Who we are for one request: the Authorization header, and a client certificate with its key
    (PEM). Either may be empty."""

    authorization: str = field(default="", repr=False)
    certificate: bytes = field(default=b"", repr=False)
    key: bytes = field(default=b"", repr=False)


class Credential(Protocol):
    """What proves who we are."""

    async def identity(self, *, fresh: bool = False) -> Identity:
        """Who we are now. `fresh`: what was remembered has been refused. Raises AccessError."""


class Nobody:
    """No credential: for a server that asks for none."""

    async def identity(self, *, fresh: bool = False) -> Identity:
        """Nothing to show."""
        return Identity()


@dataclass(frozen=True, slots=True)
class Access:
    """All that a connection needs to know.

    `server`: the base URL. `ca`: who signs for the server; none: those the machine trusts.
    `server_name`: the name in the server's certificate where it is not the one in the URL.
    `proxy`: the URL of an HTTP proxy. `headers`: sent with each request, such as those of a
    kubeconfig's `as`.
    """

    server: str
    credential: Credential = field(default_factory=Nobody)
    ca: Material = NOTHING
    insecure: bool = False
    server_name: str = ""
    proxy: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
