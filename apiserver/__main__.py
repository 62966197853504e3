"""`python -m apiserver`: an API server until it is interrupted."""

from __future__ import annotations

import argparse
import asyncio
import signal
import sys
from pathlib import Path

from apiserver.server import Server


def _arguments(argv: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m apiserver",
        description="A Kubernetes-compatible API server in memory. Ends with Ctrl-C.",
        epilog="example: python -m apiserver --port 8001 --kubeconfig kubeconfig.yaml",
    )
    parser.add_argument("--host", default="127.0.0.1", help="address (default: %(default)s)")
    parser.add_argument("--port", type=int, default=0, help="port (default: a free one)")
    parser.add_argument("--kubeconfig", type=Path, metavar="FILE", help="write a kubeconfig here")
    parser.add_argument(
        "--no-simulation",
        action="store_true",
        help="leave workloads as they are written: nothing becomes ready by itself",
    )
    return parser.parse_args(argv)


async def _serve(arguments: argparse.Namespace) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    server = Server(host=arguments.host, port=arguments.port, simulate=not arguments.no_simulation)
    async with server:
        if arguments.kubeconfig:
            await asyncio.to_thread(arguments.kubeconfig.write_text, server.kubeconfig())
        sys.stdout.write(f"listening on {server.url}\n")
        sys.stdout.flush()
        await stop.wait()


if __name__ == "__main__":
    asyncio.run(_serve(_arguments(sys.argv[1:])))
