"""The controllers of either side as processes on this machine, and what they cost."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.peers.catalogue import PEERS
from benchmarks.process import RunError
from tests.real.go_program import BuildError

ROOT = Path(__file__).parent.parent
NAMESPACE = "flux-system"
# The limits are those of Flux's own published benchmark.
COMMON = ("--kube-api-qps=500", "--kube-api-burst=1000", "--health-addr=127.0.0.1:0")
_WORDS = 1500
_TICKS = os.sysconf("SC_CLK_TCK")
_LAG = re.compile(r'^penstock_loop_delay_seconds_bucket\{le="([^"]+)"\} (\S+)$', re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Site:
    """Where controllers run: whom they serve, a folder of their own, and the ports that they keep
    over a restart."""

    kubeconfig: Path
    folder: Path
    storage: str
    metrics: str

    @classmethod
    def make(cls, kubeconfig: Path, folder: Path) -> Site:
        """A new one."""
        (folder / "storage").mkdir(parents=True)
        first, second = _free_ports(2)
        return cls(kubeconfig, folder, f"127.0.0.1:{first}", f"127.0.0.1:{second}")

    def storage_flags(self) -> list[str]:
        """Where artifacts are kept and offered."""
        return [
            f"--storage-path={self.folder / 'storage'}",
            f"--storage-addr={self.storage}",
            f"--storage-adv-addr={self.storage}",
        ]


Commands = Callable[[Site], list[list[str]]]


def penstock(site: Site) -> list[list[str]]:
    """Ours, in one process."""
    own = [f"--metrics-addr={site.metrics}", *site.storage_flags(), "--concurrent=20"]
    start = [sys.executable, "-m", "controllers", "source", "kustomize"]
    return [[*start, f"--kubeconfig={site.kubeconfig}", *COMMON, *own]]


def flux(site: Site) -> list[list[str]]:
    """Flux's. Raises RunError where they were never built."""
    common = [*COMMON, "--metrics-addr=0"]
    return [
        [_binary("source-controller"), *common, *site.storage_flags(), "--concurrent=10"],
        [_binary("kustomize-controller"), *common, "--concurrent=20"],
    ]


def penstock_helm(site: Site) -> list[list[str]]:
    """Ours of charts, in one process; those that render are its children."""
    own = [f"--metrics-addr={site.metrics}", *site.storage_flags(), "--concurrent=10"]
    start = [sys.executable, "-m", "controllers", "source", "helm"]
    return [[*start, f"--kubeconfig={site.kubeconfig}", *COMMON, *own]]


def flux_helm(site: Site) -> list[list[str]]:
    """Flux's of charts. Raises RunError where they were never built."""
    common = [*COMMON, "--metrics-addr=0", "--concurrent=10"]
    return [
        [_binary("source-controller"), *common, *site.storage_flags()],
        [_binary("helm-controller"), *common],
    ]


def penstock_sources(site: Site) -> list[list[str]]:
    """Ours of sources alone."""
    own = [f"--metrics-addr={site.metrics}", *site.storage_flags(), "--concurrent=10"]
    start = [sys.executable, "-m", "controllers", "source"]
    return [[*start, f"--kubeconfig={site.kubeconfig}", *COMMON, *own]]


def flux_sources(site: Site) -> list[list[str]]:
    """Flux's of sources alone. Raises RunError where it was never built."""
    own = ["--metrics-addr=0", *site.storage_flags(), "--concurrent=10"]
    return [[_binary("source-controller"), *COMMON, *own]]


SIDES: dict[str, Commands] = {"penstock": penstock, "flux": flux}
HELM_SIDES: dict[str, Commands] = {"penstock": penstock_helm, "flux": flux_helm}
SOURCE_SIDES: dict[str, Commands] = {"penstock": penstock_sources, "flux": flux_sources}


@dataclass(slots=True)
class Processes:
    """Controllers that run, with all their children, and the files that their logs are in."""

    running: list[subprocess.Popen[bytes]] = field(default_factory=list)
    logs: list[Path] = field(default_factory=list)
    spent: float = 0.0
    largest: int = 0

    def start(self, commands: Sequence[list[str]], site: Site) -> None:
        """Start all of them."""
        environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(site.folder),
            "TMPDIR": str(site.folder),
            "RUNTIME_NAMESPACE": NAMESPACE,
            "KUBECONFIG": str(site.kubeconfig),
        }
        for command in commands:
            path = site.folder / f"{len(self.logs)}.log"
            self.logs.append(path)
            with path.open("wb") as log:
                self.running.append(
                    subprocess.Popen(command, cwd=ROOT, env=environment, stdout=log, stderr=log)
                )

    def stop(self, number: signal.Signals = signal.SIGTERM) -> None:
        """End all of them, and keep what they have cost."""
        self.spent, self.largest = self.cpu(), self.peak()
        for process in self.running:
            process.send_signal(number)
        for process in self.running:
            process.wait()
        self.running.clear()

    def cpu(self) -> float:
        """Seconds of CPU so far, in all."""
        return self.spent + sum(map(_cpu, self._pids()))

    def peak(self) -> int:
        """Bytes at the largest, all together, as far as it was looked at: what a process needed
        that has ended is known only of looks while it ran."""
        found = sum(_size(number, "VmHWM") for number in self._pids())
        self.largest = max(self.largest, found)
        return self.largest

    def own(self) -> int:
        """Bytes now that only these processes hold, all together: without the pages of files that
        they have mapped, which the system takes back when it needs them."""
        return sum(_size(number, "RssAnon") for number in self._pids())

    def size(self) -> int:
        """Bytes now, all together."""
        return sum(_size(number, "VmRSS") for number in self._pids())

    def last_words(self) -> str:
        """The end of each log."""
        return "\n".join(path.read_text(errors="replace")[-_WORDS:] for path in self.logs)

    def _pids(self) -> Iterator[int]:
        for process in self.running:
            yield from _family(process.pid)


@contextmanager
def running(commands: Sequence[list[str]], site: Site) -> Iterator[Processes]:
    """Processes that end in any case."""
    processes = Processes()
    try:
        processes.start(commands, site)
        yield processes
    finally:
        processes.stop()


def figure(site: Site, name: str) -> float:
    """One figure of our own /metrics. Raises RunError where it is not there."""
    for line in _metrics(site).splitlines():
        if line.startswith((f"{name} ", f"{name}{{")):
            return float(line.rpartition(" ")[2])
    raise RunError(f"{name} is not among the metrics of {site.metrics}")


def lag(site: Site, share: float = 0.99) -> float:
    """How late our event loop was in that share of all cases at the most, in seconds, rounded up to
    the end of a bucket. Raises RunError."""
    buckets = [(float(end), float(number)) for end, number in _LAG.findall(_metrics(site))]
    if not buckets or not buckets[-1][1]:
        raise RunError(f"there is no lag among the metrics of {site.metrics}")
    return next(end for end, number in buckets if number >= share * buckets[-1][1])


def _metrics(site: Site) -> str:
    with urllib.request.urlopen(f"http://{site.metrics}/metrics", timeout=10) as answer:
        return str(answer.read().decode())


def _binary(name: str) -> str:
    try:
        binary = PEERS[name].program.binary()
    except BuildError as error:
        raise RunError(str(error)) from error
    if not binary.exists():
        raise RunError(f"{name} is not in the cache: `./dev peers {name}` builds it")
    return str(binary)


def _free_ports(count: int) -> list[int]:
    sockets = [socket.socket() for _ in range(count)]
    for one in sockets:
        one.bind(("127.0.0.1", 0))
    numbers = [int(one.getsockname()[1]) for one in sockets]
    for one in sockets:
        one.close()
    return numbers


def _family(number: int) -> Iterator[int]:
    """A process and all that came of it. One that has just ended has none."""
    yield number
    for path in Path(f"/proc/{number}/task").glob("*/children"):
        try:
            children = path.read_text().split()
        except OSError:
            continue
        for child in children:
            yield from _family(int(child))


def _cpu(number: int) -> float:
    """Its own seconds, and those of children that have ended."""
    try:
        said = Path(f"/proc/{number}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return sum(map(int, said[11:15])) / _TICKS


def _size(number: int, what: str) -> int:
    try:
        lines = Path(f"/proc/{number}/status").read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) * 1024 for line in lines if line.startswith(what)), 0)
