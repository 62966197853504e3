"""An API server in processes of its own, ours or the real one, and its size seen from outside."""

from __future__ import annotations

import base64
import ssl
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import aiohttp
import yaml

from benchmarks.process import RunError
from tests import servers
from tests.real.go_program import BuildError

MEGABYTE = 1e6
_CONNECTIONS = 128


@dataclass(frozen=True, slots=True)
class ServerProcess:
    """A server that runs. `seconds`: from its start until it answered; `authority` is PEM."""

    url: str
    token: str
    authority: str
    seconds: float
    pids: tuple[int, ...]

    def session(self) -> aiohttp.ClientSession:
        """An administrator's way in."""
        trust = ssl.create_default_context(cadata=self.authority)
        return aiohttp.ClientSession(
            self.url,
            connector=aiohttp.TCPConnector(ssl=trust, limit=_CONNECTIONS),
            headers={"Authorization": f"Bearer {self.token}"},
            read_bufsize=2**20,
        )

    def size(self) -> float:
        """Megabytes of all its processes together, resident now."""
        return sum(_resident(pid) for pid in self.pids) / MEGABYTE


def _resident(pid: int) -> int:
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) * 1024
    raise RunError(f"process {pid} has no size")


@contextmanager
def embedded(arguments: Sequence[str]) -> Iterator[ServerProcess]:
    """Ours, with TLS and RBAC. Raises RunError where it does not start."""
    with tempfile.TemporaryDirectory(prefix="penstock-bench-") as folder:
        file = Path(folder) / "kubeconfig"
        command = [sys.executable, "-m", "apiserver", "--listen", "127.0.0.1:0", *arguments]
        begun = time.perf_counter()
        process = subprocess.Popen(
            [*command, "--kubeconfig-out", str(file)], stderr=subprocess.PIPE, text=True
        )
        try:
            yield _begun(process, file, begun)
        finally:
            process.terminate()
            process.communicate()


def _begun(process: subprocess.Popen[str], file: Path, begun: float) -> ServerProcess:
    said = ""
    for line in process.stderr or ():
        said += line
        if line.startswith("listening on "):
            seconds = time.perf_counter() - begun
            config = yaml.safe_load(file.read_text())
            cluster = config["clusters"][0]["cluster"]
            authority = base64.b64decode(cluster["certificate-authority-data"]).decode()
            token = config["users"][0]["user"]["token"]
            return ServerProcess(cluster["server"], token, authority, seconds, (process.pid,))
    raise RunError(f"the embedded server did not start: {said}")


@contextmanager
def real() -> Iterator[ServerProcess]:
    """kube-apiserver and etcd; the controller manager runs too and is not counted.

    Raises RunError where it has not been built.
    """
    begun = time.perf_counter()
    try:
        with servers.real() as server:
            seconds = time.perf_counter() - begun
            processes = server.plane.processes
            pids = (processes["etcd"].pid, processes["kube-apiserver"].pid)
            yield ServerProcess(server.url, server.token, server.authority, seconds, pids)
    except BuildError as error:
        raise RunError(str(error)) from error
