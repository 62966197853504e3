"""The API servers that tests run against: the embedded one, and a real kube-apiserver with etcd.

Both look the same from here, so a test says once what it expects of either.
"""

from __future__ import annotations

import asyncio
import os
import secrets
import shutil
import signal
import ssl
import tempfile
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import aiohttp
import orjson

from shared.cluster.client import Client
from shared.cluster.connection import Connection
from shared.cluster.kubeconfig import access_of
from shared.runtime.clock import SystemClock
from tests.real.audit import Request, requests
from tests.real.build import KUBE
from tests.real.control_plane import ControlPlane
from tests.real.credential import kubeconfig
from tests.real.go_program import BuildError

if TYPE_CHECKING:
    from apiserver.audit import Memory
    from apiserver.server import Server

HEALTH = frozenset({"/healthz", "/livez", "/readyz"})
"""Paths that no audit log tells of."""


SOMEBODY = "somebody"
"""The user agent of the tests' own clients."""


@dataclass(frozen=True, slots=True)
class ApiServer(ABC):
    """An API server that runs, and an administrator's way in.

    `name` is `embedded` or `kube`; `kubeconfig` a file; `authority` (PEM) and `token` are empty
    where the server speaks plain HTTP to everyone.
    """

    name: str
    url: str
    kubeconfig: Path
    authority: str = ""
    token: str = ""

    @abstractmethod
    def audit(self) -> list[Request]:
        """Every request so far, but those of the server's own parts and about its health."""

    @abstractmethod
    async def stop(self) -> None:
        """Answer nobody any more: what is under way is cut. The state is kept."""

    @abstractmethod
    async def start(self) -> None:
        """Answer again, at the same URL and with all that was known."""

    @abstractmethod
    async def forget_history(self) -> None:
        """Make every resource version so far too old to watch from. Watches are cut."""

    @asynccontextmanager
    async def down(self) -> AsyncIterator[None]:
        """Stopped for a while, and started again whatever happens meanwhile."""
        await self.stop()
        try:
            yield
        finally:
            await self.start()

    def session(self, token: str = "") -> aiohttp.ClientSession:
        """Plain HTTP with JSON by orjson, as the administrator or as whom the token says."""
        bearer = token or self.token
        return aiohttp.ClientSession(
            self.url,
            connector=aiohttp.TCPConnector(ssl=self._tls()),
            headers={"Authorization": f"Bearer {bearer}"} if bearer else {},
            json_serialize=lambda value: orjson.dumps(value).decode(),
        )

    def kubeconfig_of(self, token: str) -> Path:
        """Another kubeconfig, beside the administrator's, of whom the token says."""
        path = self.kubeconfig.with_name(f"{secrets.token_hex(8)}.kubeconfig")
        path.write_bytes(kubeconfig(self.url, self.authority, {"token": token}))
        return path

    @asynccontextmanager
    async def client(self, path: Path | None = None) -> AsyncIterator[Client]:
        """A client of ours, of the administrator or with another kubeconfig. In an audit log it is
        SOMEBODY: what controllers did can be told from what the test did."""
        clock = SystemClock()
        access = access_of(str(path or self.kubeconfig), {}, clock)
        access = replace(access, headers={**access.headers, "User-Agent": SOMEBODY})
        async with Connection(access, clock) as connection:
            yield Client.on(connection)

    def _tls(self) -> ssl.SSLContext | bool:
        return ssl.create_default_context(cadata=self.authority) if self.authority else True


@dataclass(frozen=True, slots=True, kw_only=True)
class EmbeddedServer(ApiServer):
    """Our own server, in the loop of the test. `inside` is the server itself, `log` its audit."""

    inside: Server
    log: Memory

    def audit(self) -> list[Request]:
        """Every request so far, but those about its health."""
        return [each for each in requests(self.log.events()) if each.path not in HEALTH]

    async def stop(self) -> None:
        """It listens no more."""
        await self.inside.stop_listening()

    async def start(self) -> None:
        """It listens again."""
        await self.inside.start_listening()

    async def forget_history(self) -> None:
        """Its store is compacted."""
        async with self.down():
            self.inside.compact()


@dataclass(frozen=True, slots=True, kw_only=True)
class RealServer(ApiServer):
    """A kube-apiserver, with an etcd and a controller manager. `plane` is all three."""

    plane: ControlPlane

    def audit(self) -> list[Request]:
        """Every request so far, but those of the control plane itself."""
        return self.plane.requests()

    async def stop(self, number: signal.Signals = signal.SIGTERM) -> None:
        """The API server alone ends; SIGKILL: in mid-sentence."""
        await asyncio.to_thread(self.plane.stop_server, number)

    async def start(self) -> None:
        """The API server is started again."""
        await asyncio.to_thread(self.plane.start_server)

    async def forget_history(self) -> None:
        """etcd is compacted, and the API server's own memory of what happened is lost."""
        async with self.down():
            await asyncio.to_thread(self.plane.compact)


@asynccontextmanager
async def embedded(*, secure: bool = False) -> AsyncIterator[EmbeddedServer]:
    """The embedded server, in the loop of the test, empty: open, or one that knows users."""
    # Most tests need no server, and it takes time to load.
    from apiserver.audit import Memory
    from apiserver.server import Options, Server

    log = Memory()
    async with Server(options=Options(secure=secure, audit=log)) as server:
        with tempfile.TemporaryDirectory(prefix="penstock-embedded-") as directory:
            kubeconfig = Path(directory) / "kubeconfig"
            kubeconfig.write_text(server.kubeconfig())
            token = server.token if secure else ""
            trust = (server.authority, token)
            yield EmbeddedServer("embedded", server.url, kubeconfig, *trust, inside=server, log=log)


@contextmanager
def real() -> Iterator[RealServer]:
    """A real control plane, started and ready. Raises BuildError where it has not been built."""
    binary = KUBE.binary()
    if not binary.exists():
        raise BuildError("the real kube-apiserver is not built: python -m tests.real.build")
    with tempfile.TemporaryDirectory(prefix="penstock-kube-", ignore_cleanup_errors=True) as kept:
        plane = ControlPlane(binary, Path(kept))
        plane.start()
        try:
            yield RealServer(
                "kube",
                plane.url,
                plane.kubeconfig,
                plane.credentials.authority,
                plane.credentials.token,
                plane=plane,
            )
        finally:
            plane.stop()


def must_be_there() -> bool:
    """Whether a missing binary is a failure and no reason to skip: on CI, where Go is installed."""
    return os.environ.get("CI", "").lower() in {"1", "true"} and shutil.which("go") is not None
