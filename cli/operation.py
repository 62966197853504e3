"""The controllers, in the process and the loop of the command that wants them."""

from __future__ import annotations

import argparse
import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from cli.request import LOCAL
from controllers.catalogue import PROGRAMS
from shared.runtime.main import choose
from shared.runtime.process import operate


@asynccontextmanager
async def controllers_on(
    kubeconfig: Path, storage: Path, local: Path | None
) -> AsyncIterator[None]:
    """All controllers run against a cluster while the body does; where one of them dies, the body
    is cancelled and the error comes out of here as a group.

    `storage`: where artifacts and mirrors go; `local`: a repository on this disk that may be read.
    """
    words = [
        f"--kubeconfig={kubeconfig}",
        f"--storage-path={storage / 'storage'}",
        "--storage-addr=127.0.0.1:0",
        "--health-addr=0",
        "--metrics-addr=0",
        "--interval-jitter-percentage=0",
    ]
    if local:
        words.append(f"--local-repository={LOCAL}{local.name}={local}")
    programs = list(PROGRAMS.values())
    chosen = choose(programs, words, usage=argparse.ArgumentParser(prog="penstock"))
    stop = asyncio.Event()
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(operate(programs, chosen, stop), name="controllers")
        yield
        stop.set()
