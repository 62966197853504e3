"""The API server as a program of its own: until it is told to stop."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Callable
from dataclasses import dataclass, field
from ipaddress import ip_address
from pathlib import Path

from apiserver.server import Options, Server

LISTEN = "127.0.0.1:6443"
"""Where it listens unless told otherwise: this machine only."""


class ListenError(ValueError):
    """An address at which nothing can, or should, listen; the message says why."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What to run. `kubeconfig`: the file for the administrator's; None: it is printed."""

    host: str
    port: int
    kubeconfig: Path | None = None
    simulate: bool = True
    options: Options = field(default_factory=lambda: Options(secure=True))


def address_of(listen: str, *, secure: bool) -> tuple[str, int]:
    """`127.0.0.1:6443`, `[::1]:0`, `:6443` → host and port. Raises ListenError, also where a server
    that is open to everybody would be reached from other machines."""
    host, found, port = listen.rpartition(":")
    host = host.strip("[]")
    if not found or not port.isascii() or not port.isdigit() or int(port) > 65535:
        raise ListenError(f'"{listen}" is not an address and a port, such as {LISTEN}')
    if not secure and not _is_loopback(host):
        raise ListenError(
            f'an insecure server lets everybody in who can reach it: "{host}" has to be a loopback '
            "address, such as 127.0.0.1"
        )
    return host, int(port)


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


async def run(plan: Plan, say: Callable[[str], None], show: Callable[[str], None]) -> None:
    """Serve until SIGTERM or SIGINT. `say` tells a person what goes on, `show` gets a kubeconfig
    that goes to no file. Raises what `Server` does."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    options = plan.options
    server = Server(host=plan.host, port=plan.port, simulate=plan.simulate, options=options)
    async with server:
        config = server.kubeconfig()
        if plan.kubeconfig is None:
            show(config)
        else:
            await asyncio.to_thread(write_private, plan.kubeconfig, config)
            say(f"wrote {plan.kubeconfig}")
        say(f"listening on {server.url}")
        await stop.wait()


def write_private(path: Path, content: str) -> None:
    """Write a file that only its owner can read. Raises OSError."""
    new = path.with_name(f"{path.name}.new")
    new.unlink(missing_ok=True)
    with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(content)
    new.replace(path)
