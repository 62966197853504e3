"""Penstock, installed on an API server and removed again."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from shared.cluster.client import Client
from shared.cluster.error import NotFound
from shared.manifest.identity import Manifest, Ref
from tests.deploy.shape import FIRST, built
from tests.servers import ApiServer

MANAGER = "penstock-install"


async def install(client: Client, shape: str) -> list[Manifest]:
    """Apply a shape; the objects as the server has them."""
    return [await client.apply(manifest, manager=MANAGER) for manifest in built(shape)]


@asynccontextmanager
async def installed(server: ApiServer, shape: str) -> AsyncIterator[Client]:
    """A shape, for a while. The namespace and the definitions stay: others may use them."""
    async with server.client() as client:
        await install(client, shape)
        try:
            yield client
        finally:
            await _remove(client, shape)


async def _remove(client: Client, shape: str) -> None:
    for manifest in reversed(built(shape)):
        if manifest["kind"] in FIRST:
            continue
        try:
            await client.delete(Ref.of(manifest))
        except NotFound:
            continue
