"""The server: a cluster with its controllers, and the address at which it listens."""

from __future__ import annotations

import asyncio
import ssl
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from types import TracebackType

from aiohttp import web

from apiserver.access.aggregation import Aggregation
from apiserver.access.bootstrap import first_roles
from apiserver.access.certificate import context
from apiserver.access.keyring import Keyring, kept_keyring, new_keyring
from apiserver.access.rights import guarded_rights, open_rights
from apiserver.audit import AuditLog, Sink
from apiserver.cluster import Cluster
from apiserver.control import Control, Desk, desk
from apiserver.database import Database
from apiserver.establishing import Establishing, serve_definitions
from apiserver.extension import Extensions
from apiserver.fate import READY, Fate
from apiserver.fault import Faults, flawless
from apiserver.front import Front
from apiserver.garbage import Garbage
from apiserver.kubeconfig import kubeconfig
from apiserver.ledger import Ledger
from apiserver.listener import Listener
from apiserver.metric import Metrics
from apiserver.namespace import Namespaces, first_namespaces
from apiserver.reception import Book, Reception
from apiserver.rules import STRATEGIES
from apiserver.simulation import staff
from apiserver.simulation.node import furnish
from apiserver.verb import Verbs

LAST_ANSWERS = 1.0
"""Seconds that requests under way have when the server stops listening."""


@dataclass(frozen=True, slots=True)
class Options:
    """What a server is besides its address.

    `secure`: TLS, everybody says who they are, and may what roles allow. Otherwise the server is
    open: plain HTTP, and everybody may do everything. `data_dir`: where the cluster is kept; None:
    in memory. `audit`: where every request is told of, if anywhere. `faults`: what goes wrong on
    purpose. `fate`: how the simulation goes on with what says nothing of its own.
    """

    secure: bool = False
    data_dir: Path | None = None
    audit: Sink | None = None
    faults: Faults = flawless
    fate: Fate = READY


OPEN = Options()
DATABASE = "cluster.sqlite"
"""The file of the data directory in which the objects are."""


class Server:
    """An API server in this process: `async with Server() as server: ... server.url`.

    `port` 0 takes a free one. `simulate` plays controllers and kubelet, so that workloads become
    ready. Raises OSError where the address is taken or the directory cannot be used, KeyringError
    or DatabaseError where what is kept in it cannot be.
    """

    def __init__(
        self,
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        simulate: bool = True,
        options: Options = OPEN,
    ) -> None:
        self._host = host
        self._port = port
        self._simulate = simulate
        self._options = options
        self._cluster = Cluster(fate=options.fate)
        self._keyring = _keyring(options, self._cluster.clock.now())
        self._cluster.authority = self._keyring.authority.pair.certificate.decode()
        rights = (guarded_rights if options.secure else open_rights)(self._cluster, self._keyring)
        verbs = Verbs(self._cluster, STRATEGIES, rights)
        metrics = Metrics(self._cluster, self._kept)
        books = self._books(metrics)
        self._front = Front(self._cluster, verbs, metrics, books)
        self._reception = Reception(self._cluster, rights.gate, self._front, options.faults, books)
        self._control = Control(self._cluster.storage, _desks(self._cluster, simulate=simulate))
        self._runner: web.ServerRunner | None = None
        self._ledger: Ledger | None = None

    @property
    def url(self) -> str:
        """Where it listens, such as `http://127.0.0.1:8001`."""
        host = _reachable(self._host)
        scheme = "https" if self._options.secure else "http"
        return f"{scheme}://{f'[{host}]' if ':' in host else host}:{self._port}"

    @property
    def authority(self) -> str:
        """Who vouches for the server: PEM; empty where it speaks plain HTTP."""
        return self._cluster.authority if self._options.secure else ""

    @property
    def token(self) -> str:
        """The administrator's bearer token."""
        return self._keyring.token

    async def __aenter__(self) -> Server:
        async with AsyncExitStack() as stack:
            stack.push_async_callback(self._end)
            await self._begin()
            stack.pop_all()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._end()

    async def _begin(self) -> None:
        self._control.start()
        if self._options.data_dir:
            await self._restore(self._options.data_dir)
        first_namespaces(self._cluster)
        first_roles(self._cluster)
        if self._simulate:
            furnish(self._cluster)
        await self.start_listening()

    async def _end(self) -> None:
        await self.stop_listening()
        self._control.stop()
        if self._ledger:
            await self._ledger.close()
        if self._options.audit:
            await self._options.audit.close()

    def _books(self, metrics: Metrics) -> tuple[Book, ...]:
        sink = self._options.audit
        return (metrics, AuditLog(sink, self._cluster.clock)) if sink else (metrics,)

    def _kept(self) -> int | None:
        return self._ledger.size() if self._ledger else None

    async def _restore(self, directory: Path) -> None:
        """Take up what was kept, and keep what comes."""
        database = await asyncio.to_thread(Database, directory / DATABASE)
        storage = self._cluster.storage
        storage.restore(database.entries(), database.revision, database.floor)
        storage.journal = self._ledger = Ledger(database)
        # Nobody may find a kind missing that was served before.
        serve_definitions(self._cluster)

    async def start_listening(self) -> None:
        """Listen; again at the same port, with the state kept, after `stop_listening`."""
        # The plain server: our own routing, no access log, no limit but ours on bodies.
        runner = web.ServerRunner(
            Listener(self._reception.handle, access_log=None), shutdown_timeout=LAST_ANSWERS
        )
        await runner.setup()
        site = web.TCPSite(runner, self._host, self._port, ssl_context=self._tls())
        await site.start()
        self._port = runner.addresses[0][1]
        self._runner = runner

    async def stop_listening(self) -> None:
        """Listen no more: drops all watches and connections, keeps the state."""
        self._front.drop_watches()
        if self._runner:
            await self._runner.cleanup()
        self._runner = None

    def compact(self) -> None:
        """Forget the history: every older resource version is Gone for watches and lists."""
        self._cluster.storage.compact()

    def kubeconfig(self) -> str:
        """An administrator's kubeconfig for this server, as YAML."""
        if not self._options.secure:
            return kubeconfig(self.url, b"", {})
        authority = self._keyring.authority.pair.certificate
        return kubeconfig(self.url, authority, {"token": self._keyring.token})

    def _tls(self) -> ssl.SSLContext | None:
        if not self._options.secure:
            return None
        authority = self._keyring.authority
        names = dict.fromkeys((_reachable(self._host), *_OWN_NAMES))
        return context(authority.serving(*names), authority.pair.certificate)


def _keyring(options: Options, now: datetime) -> Keyring:
    if options.data_dir is None:
        return new_keyring(now)
    return kept_keyring(options.data_dir / "keys", now)


_OWN_NAMES = ("localhost", "127.0.0.1", "::1", "kubernetes", "kubernetes.default.svc")


def _reachable(host: str) -> str:
    """An address at which a client on this machine finds a server that listens at `host`."""
    return {"0.0.0.0": "127.0.0.1", "::": "::1", "": "127.0.0.1"}.get(host, host)


def _desks(cluster: Cluster, *, simulate: bool) -> list[Desk]:
    desks = [
        desk(Establishing(cluster)),
        desk(Namespaces(cluster)),
        desk(Garbage(cluster)),
        desk(Aggregation(cluster)),
        desk(Extensions(cluster)),
    ]
    return desks + staff.desks(cluster) if simulate else desks
