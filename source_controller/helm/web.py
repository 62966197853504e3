"""Files of a repository over HTTP: the index, and packed charts."""

from __future__ import annotations

import asyncio
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass

import aiohttp

from shared.oci.connection import body_of, connected
from shared.oci.error import OciError
from shared.oci.limit import Limits
from shared.oci.reach import Origin, bare
from shared.oci.tls import context_of
from shared.reconcile.clock import Clock
from source_controller.helm.access import Access
from source_controller.helm.problem import FetchProblem, Unauthorised

# A repository that is busy is asked again at the next attempt.
ONCE = Limits(tries=1)


@dataclass(frozen=True, slots=True)
class Web:
    """Fetches what a repository has, or names."""

    clock: Clock

    async def get(self, url: str, access: Access, most: int) -> bytes:
        """A file. User and password go to the repository's own scheme, host and port, and to others
        where that is wanted; a redirect elsewhere never takes them along.

        Raises FetchProblem where it cannot be had or is larger than `most` bytes, and Unauthorised.
        """
        try:
            async with asyncio.timeout(access.limit.total_seconds()):
                return await self._get(url, access, most)
        except TimeoutError:
            raise FetchProblem(
                f"{bare(url)}: no end after {access.limit.total_seconds():g}s"
            ) from None
        except OciError as problem:
            kind = Unauthorised if "TLS" in str(problem) else FetchProblem
            raise kind(str(problem)) from None

    async def _get(self, url: str, access: Access, most: int) -> bytes:
        context = await asyncio.to_thread(context_of, access.way)
        home, target = Origin.of(access.url), Origin.of(url)
        async with connected(access.way, context, self.clock, ONCE) as connection:
            if home.host != target.host:
                await connection.keep_out(home.host, target.host)
            headers = _headers(access, home, target)
            async with connection.ask("GET", url, headers) as response:
                _accept(response, url)
                return await body_of(response, most, bare(url))


def _headers(access: Access, home: Origin, target: Origin) -> Mapping[str, str]:
    """What says who we are, where the other side may know."""
    if not (access.username and access.password) or not (access.everywhere or home == target):
        return {}
    pair = f"{access.username}:{access.password}".encode()
    return {"Authorization": f"Basic {b64encode(pair).decode()}"}


def _accept(response: aiohttp.ClientResponse, url: str) -> None:
    """Raises FetchProblem where an answer is not the file."""
    if response.status == 200:
        return
    reason = "".join(letter for letter in response.reason or "" if letter.isprintable())[:100]
    kind = Unauthorised if response.status in {401, 403} else FetchProblem
    raise kind(f"failed to fetch {bare(url)} : {response.status} {reason}")
