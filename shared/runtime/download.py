"""The downloads of this process, for as long as it runs."""

from __future__ import annotations

import asyncio
import os
from typing import IO

import aiohttp

from shared.api.artifact import Artifact
from shared.artifact.download import LOCALHOST, WATCHER_LOCALHOST, Downloads, Terms
from shared.manifest.tree import Tree
from shared.reconcile.clock import Clock


class DownloadService:
    """Downloads with a session of their own, which `run` opens and closes. `retries`, `hosts`: the
    flags `--http-retry` and `--artifact-hosts`."""

    def __init__(self, clock: Clock, retries: int, hosts: str = "") -> None:
        self._clock = clock
        allowed = frozenset(filter(None, map(str.strip, hosts.split(","))))
        here, watcher = (os.environ.get(name, "") for name in (LOCALHOST, WATCHER_LOCALHOST))
        self._terms = Terms(
            retries=retries, localhost=here, watcher_localhost=watcher, hosts=allowed
        )
        self._open = asyncio.Event()
        self._downloads: Downloads | None = None

    async def run(self) -> None:
        """Download what is asked for, until cancelled."""
        async with aiohttp.ClientSession() as session:
            self._downloads = Downloads(session, self._clock, self._terms)
            self._open.set()
            await asyncio.Event().wait()

    async def tree(self, artifact: Artifact) -> Tree:
        """The files of an artifact. Raises ArtifactNotFound, ArtifactError."""
        return await (await self._opened()).tree(artifact)

    async def archive(self, artifact: Artifact) -> bytes:
        """The artifact as it is stored. Raises ArtifactNotFound, ArtifactError."""
        return await (await self._opened()).archive(artifact)

    async def into(self, artifact: Artifact, file: IO[bytes]) -> None:
        """Write the artifact as it is stored to a file. Raises ArtifactNotFound, ArtifactError."""
        await (await self._opened()).into(artifact, file)

    async def _opened(self) -> Downloads:
        await self._open.wait()
        if self._downloads is None:
            raise AssertionError("the session is open")
        return self._downloads
