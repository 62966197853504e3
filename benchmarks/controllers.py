"""The controllers of either side as processes on this machine, and what they cost."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmarks.peers.catalogue import PEERS
from benchmarks.process import RunError
from tests.real.go_program import BuildError

ROOT = Path(__file__).parent.parent
NAMESPACE = "flux-system"
# The limits are those of Flux's own published benchmark.
COMMON = (
    "--kube-api-qps=500",
    "--kube-api-burst=1000",
    "--health-addr=127.0.0.1:0",
    "--metrics-addr=0",
)
_WORDS = 1500
_TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True)
class Processes:
    """Controllers that run, as process ids, and the files that they write their logs to."""

    numbers: tuple[int, ...]
    logs: tuple[Path, ...]

    def cpu(self) -> float:
        """Seconds of CPU so far."""
        return sum(sum(map(int, _stat(number)[11:15])) / _TICKS for number in self.numbers)

    def peak(self) -> int:
        """Bytes at the largest, all together."""
        return sum(_peak(number) for number in self.numbers)

    def last_words(self) -> str:
        """The end of each log."""
        return "\n".join(path.read_text(errors="replace")[-_WORDS:] for path in self.logs)


@contextmanager
def penstock(kubeconfig: Path, folder: Path) -> Iterator[Processes]:
    """Our controllers, in one process."""
    flags = [f"--kubeconfig={kubeconfig}", *COMMON, *_storage(folder), "--concurrent=20"]
    command = [sys.executable, "-m", "controllers", "source", "kustomize", *flags]
    with _running([command], kubeconfig, folder) as processes:
        yield processes


@contextmanager
def flux(kubeconfig: Path, folder: Path) -> Iterator[Processes]:
    """Flux's. Raises RunError where they were never built."""
    source = [_binary("source-controller"), *COMMON, *_storage(folder), "--concurrent=10"]
    kustomize = [_binary("kustomize-controller"), *COMMON, "--concurrent=20"]
    with _running([source, kustomize], kubeconfig, folder) as processes:
        yield processes


def _storage(folder: Path) -> list[str]:
    (folder / "storage").mkdir(parents=True)
    address = f"127.0.0.1:{_free_port()}"
    return [
        f"--storage-path={folder / 'storage'}",
        f"--storage-addr={address}",
        f"--storage-adv-addr={address}",
    ]


@contextmanager
def _running(commands: list[list[str]], kubeconfig: Path, folder: Path) -> Iterator[Processes]:
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(folder),
        "TMPDIR": str(folder),
        "RUNTIME_NAMESPACE": NAMESPACE,
        "KUBECONFIG": str(kubeconfig),
    }
    with ExitStack() as stack:
        started: list[int] = []
        logs = tuple(folder / f"{number}.log" for number, _ in enumerate(commands))
        for path, command in zip(logs, commands, strict=True):
            log = stack.enter_context(path.open("wb"))
            process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=log, stderr=log)
            stack.callback(process.wait)
            stack.callback(process.terminate)
            started.append(process.pid)
        yield Processes(tuple(started), logs)


def _binary(name: str) -> str:
    try:
        binary = PEERS[name].program.binary()
    except BuildError as error:
        raise RunError(str(error)) from error
    if not binary.exists():
        raise RunError(f"{name} is not in the cache: `./dev peers {name}` builds it")
    return str(binary)


def _free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def _stat(number: int) -> list[str]:
    return Path(f"/proc/{number}/stat").read_text().rpartition(")")[2].split()


def _peak(number: int) -> int:
    lines = Path(f"/proc/{number}/status").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM:"))
