"""The server: a cluster with its controllers, and the address at which it listens."""

from __future__ import annotations

from types import TracebackType

from aiohttp import web

from apiserver.cluster import Cluster
from apiserver.control import Control, Desk, desk
from apiserver.establishing import Establishing
from apiserver.front import Front
from apiserver.garbage import Garbage
from apiserver.namespace import Namespaces, first_namespaces
from apiserver.rules import STRATEGIES
from apiserver.simulation.daemon_set import DaemonSets
from apiserver.simulation.deployment import Deployments
from apiserver.simulation.job import Jobs
from apiserver.simulation.kubelet import Kubelet
from apiserver.simulation.replica_set import ReplicaSets
from apiserver.simulation.stateful_set import StatefulSets
from apiserver.simulation.surroundings import Claims, LoadBalancers, furnish
from apiserver.verb import Verbs

LAST_ANSWERS = 1.0
"""Seconds that requests under way have when the server stops listening."""


class Server:
    """An API server in this process: `async with Server() as server: ... server.url`.

    `port` 0 takes a free one. `simulate` plays controllers and kubelet, so that workloads become
    ready. Raises OSError where the address is taken.
    """

    def __init__(self, *, host: str = "127.0.0.1", port: int = 0, simulate: bool = True) -> None:
        self._host = host
        self._port = port
        self._simulate = simulate
        self._cluster = Cluster()
        self._front = Front(self._cluster, Verbs(self._cluster, STRATEGIES))
        self._control = Control(self._cluster.storage, _desks(self._cluster, simulate=simulate))
        self._runner: web.ServerRunner | None = None

    @property
    def url(self) -> str:
        """Where it listens, such as `http://127.0.0.1:8001`."""
        return f"http://{self._host}:{self._port}"

    async def __aenter__(self) -> Server:
        self._control.start()
        first_namespaces(self._cluster)
        if self._simulate:
            furnish(self._cluster)
        await self.start_listening()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.stop_listening()
        self._control.stop()

    async def start_listening(self) -> None:
        """Listen; again at the same port, with the state kept, after `stop_listening`."""
        # The plain server: our own routing, no access log, no limit but ours on bodies.
        runner = web.ServerRunner(
            web.Server(self._front.handle, access_log=None), shutdown_timeout=LAST_ANSWERS
        )
        await runner.setup()
        site = web.TCPSite(runner, self._host, self._port)
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
        """A kubeconfig for this server, as YAML."""
        return _KUBECONFIG.format(url=self.url)


_KUBECONFIG = """\
apiVersion: v1
kind: Config
clusters:
- name: embedded
  cluster:
    server: {url}
users:
- name: admin
  user: {{}}
contexts:
- name: embedded
  context:
    cluster: embedded
    user: admin
current-context: embedded
"""


def _desks(cluster: Cluster, *, simulate: bool) -> list[Desk]:
    desks = [desk(Establishing(cluster)), desk(Namespaces(cluster)), desk(Garbage(cluster))]
    if simulate:
        desks += [
            desk(Deployments(cluster)),
            desk(ReplicaSets(cluster)),
            desk(StatefulSets(cluster)),
            desk(DaemonSets(cluster)),
            desk(Jobs(cluster)),
            desk(Kubelet(cluster)),
            desk(Claims(cluster)),
            desk(LoadBalancers(cluster)),
        ]
    return desks
