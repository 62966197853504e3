"""Fetching the artifacts of sources: each once a process, however many ask for it.

An artifact is checked against its digest before anything looks into it, and kept as a Tree as long
as there is room. Waiting goes through a Clock.
"""

from __future__ import annotations

import asyncio
import io
from collections import OrderedDict
from dataclasses import dataclass, field
from datetime import timedelta
from typing import IO
from urllib.parse import urlsplit, urlunsplit

import aiohttp
import structlog

from shared.api.artifact import Artifact
from shared.artifact import archive
from shared.artifact.absence import Absences
from shared.artifact.body import Body
from shared.artifact.digest import parse
from shared.artifact.error import ArtifactError, ArtifactNotFound
from shared.manifest.tree import Tree
from shared.reconcile.clock import Clock

MIB = 1024 * 1024
LOCALHOST, WATCHER_LOCALHOST = "SOURCE_CONTROLLER_LOCALHOST", "SOURCE_WATCHER_LOCALHOST"
"""The environment variables with a `host:port` to fetch artifacts from in place of the one that the
source names: for a controller that runs outside the cluster. The second, where it is set, is for
those that Flux's source-watcher serves."""

_WATCHER = "source-watcher"

_AS_IT_IS = {"Accept-Encoding": "identity"}

# What an entry costs beside its content: the objects for its name and its place.
_OVERHEAD = 250

log: structlog.stdlib.BoundLogger = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Terms:
    """How downloads are made. `retries`: as Flux's `--http-retry`: after how many failures somebody
    is alarmed. The first few tries are made on the spot, with waits that double from the shortest
    on: a source is mostly away for a moment. After that who asks is told at once (absence.py).

    `connect`, `silence` and `limit`: how long it may take to reach a server, how long that may say
    nothing, and how long one try may take; `slowest`: the bytes a second that an answer has to
    have after `silence`. `fetched` and `kept`: bytes, of one artifact on the wire and of all trees
    in memory. `localhost`, `watcher_localhost`: the overrides of LOCALHOST. `hosts`: the only
    `host:port`s that artifacts are fetched from; empty for any.
    """

    retries: int = 9
    at_once: int = 3
    shortest_wait: timedelta = timedelta(milliseconds=250)
    connect: timedelta = timedelta(seconds=3)
    silence: timedelta = timedelta(seconds=10)
    limit: timedelta = timedelta(minutes=5)
    slowest: int = 64 * 1024
    fetched: int = 512 * MIB
    kept: int = 512 * MIB
    archive: archive.Limits = field(default_factory=archive.Limits)
    localhost: str = ""
    watcher_localhost: str = ""
    hosts: frozenset[str] = frozenset()


class _Busy(ArtifactError):
    """The server is not well: it may be soon."""


class _Gone(_Busy):
    """The server is not there."""


class _Silent(_Gone):
    """The server has had its time, and has not answered: there is no use in another try now."""


@dataclass(slots=True)
class _Flight:
    """A download under way, and those who wait for it."""

    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    waiting: int = 0
    failure: ArtifactError | None = None


class Downloads:
    """The trees of artifacts, from the network or from memory."""

    def __init__(
        self, session: aiohttp.ClientSession, clock: Clock, terms: Terms | None = None
    ) -> None:
        self._session = session
        self._clock = clock
        self._terms = terms or Terms()
        self._trees: OrderedDict[str, tuple[Tree, int]] = OrderedDict()
        # By digest and URL: who names a server that is away must not keep others waiting.
        self._flights: dict[tuple[str, str], _Flight] = {}
        self._absences = Absences(clock, self._terms.retries)
        self.kept = 0
        self.fetches = 0

    async def tree(self, artifact: Artifact) -> Tree:
        """The files of an artifact. Raises ArtifactNotFound where it is not offered any more, and
        ArtifactError where it cannot be had or is not what its digest says."""
        algorithm, value = parse(artifact.digest)
        digest = f"{algorithm}:{value}"
        if tree := self._recall(digest):
            return tree
        way = digest, artifact.url
        flight = self._flights.setdefault(way, _Flight())
        flight.waiting += 1
        try:
            async with flight.lock:
                return self._recall(digest) or await self._land(flight, artifact, digest)
        finally:
            flight.waiting -= 1
            if not flight.waiting:
                self._flights.pop(way, None)

    async def archive(self, artifact: Artifact) -> bytes:
        """The artifact as it is stored, checked and not kept. Raises as `tree` does."""
        file = io.BytesIO()
        await self.into(artifact, file)
        return file.getvalue()

    async def into(self, artifact: Artifact, file: IO[bytes]) -> None:
        """Write the artifact as it is stored to a file that is empty, checked and not kept: the
        file stands at its beginning then. Raises as `tree` does, for a disk that is full too."""
        body = Body(file, parse(artifact.digest)[0])
        await self._fetch(self._place(artifact.url), body)
        await asyncio.to_thread(body.end, artifact.digest)

    def drop(self) -> None:
        """Forget everything that is kept. Nothing but speed depends on it."""
        self._trees.clear()
        self.kept = 0

    async def _land(self, flight: _Flight, artifact: Artifact, digest: str) -> Tree:
        """Fetch. Those who waited meanwhile share a failure; only who comes later tries again."""
        if flight.failure is not None:
            raise flight.failure
        try:
            data = await self.archive(artifact)
            tree = await asyncio.to_thread(archive.read, data, self._terms.archive)
        except ArtifactError as failure:
            flight.failure = failure
            raise
        self._remember(digest, tree)
        return tree

    async def _fetch(self, url: str, body: Body) -> None:
        """Take in what is at a URL. Raises ArtifactAway where there is no answer after a few tries,
        or was none a moment ago."""
        server = urlsplit(url).netloc
        self._absences.require(server, url)
        wait = self._terms.shortest_wait
        for left in range(min(self._terms.retries, self._terms.at_once), -1, -1):
            try:
                await self._once(url, body)
            except _Busy as problem:
                place = server if isinstance(problem, _Gone) else url
                if place == url:
                    self._absences.answered(server)
                hopeless = isinstance(problem, _Silent) or self._absences.knows(place)
                if not left or hopeless:
                    message = f"failed to download {url}: {problem}"
                    raise self._absences.missed(place, message) from None
                log.info("artifact.retried", url=url, error=str(problem))
            except ArtifactError:
                self._absences.answered(server, url)
                raise
            else:
                self._absences.answered(server, url)
                return
            await self._clock.sleep(wait)
            wait *= 2
        raise AssertionError("unreachable")

    async def _once(self, url: str, body: Body) -> None:
        self.fetches += 1
        await asyncio.to_thread(body.begin)
        try:
            async with (
                asyncio.timeout(self._terms.limit.total_seconds()),
                self._session.get(
                    url, allow_redirects=False, headers=_AS_IT_IS, timeout=self._timeout
                ) as response,
            ):
                _accept(response, url)
                await self._take(response, body)
        except aiohttp.ClientConnectorError as error:
            raise _Gone(str(error) or type(error).__name__) from None
        except aiohttp.ServerTimeoutError:
            raise _Silent("no answer in time") from None
        except aiohttp.ClientError as error:
            raise _Busy(str(error) or type(error).__name__) from None
        except TimeoutError:
            raise _Silent(f"no end after {self._terms.limit.total_seconds():g}s") from None

    @property
    def _timeout(self) -> aiohttp.ClientTimeout:
        connect, silence = self._terms.connect, self._terms.silence
        return aiohttp.ClientTimeout(
            sock_connect=connect.total_seconds(), sock_read=silence.total_seconds()
        )

    async def _take(self, response: aiohttp.ClientResponse, body: Body) -> None:
        received, held, started = 0, bytearray(), self._clock.monotonic()
        async for chunk in response.content.iter_any():
            received += len(chunk)
            held += chunk
            if received > self._terms.fetched:
                raise ArtifactError(
                    f"{response.url} is larger than {self._terms.fetched // MIB} MiB"
                )
            self._require_pace(received, self._clock.monotonic() - started)
            if len(held) >= MIB:
                await asyncio.to_thread(body.take, bytes(held))
                held.clear()
        await asyncio.to_thread(body.take, bytes(held))

    def _require_pace(self, received: int, seconds: float) -> None:
        """Raises where an answer drips: somebody would be kept busy by it for minutes."""
        late = seconds > self._terms.silence.total_seconds()
        if late and received < self._terms.slowest * seconds:
            raise _Silent(f"slower than {self._terms.slowest // 1024} KiB a second")

    def _place(self, url: str) -> str:
        """Where to fetch from. Raises ArtifactError for what is no place to fetch from."""
        parts = urlsplit(url)
        if parts.scheme not in {"http", "https"} or not parts.hostname or "@" in parts.netloc:
            raise ArtifactError(f"{url[:300]!r} is no URL of an artifact")
        is_watchers = self._terms.watcher_localhost and parts.netloc.startswith(_WATCHER)
        here = self._terms.watcher_localhost if is_watchers else self._terms.localhost
        if here:
            return urlunsplit(("http", here, parts.path, parts.query, ""))
        if self._terms.hosts and parts.netloc not in self._terms.hosts:
            raise ArtifactError(
                f"{parts.netloc} is no server of artifacts that is known here: --artifact-hosts "
                "names those that are"
            )
        return url

    def _recall(self, digest: str) -> Tree | None:
        if digest not in self._trees:
            return None
        self._trees.move_to_end(digest)
        return self._trees[digest][0]

    def _remember(self, digest: str, tree: Tree) -> None:
        size = sum(len(content) + len(path) + _OVERHEAD for path, content in tree.items())
        self._trees[digest] = tree, size
        self.kept += size
        # What was just fetched stays, even alone above the limit: somebody is about to use it.
        while self.kept > self._terms.kept and len(self._trees) > 1:
            _, (_, freed) = self._trees.popitem(last=False)
            self.kept -= freed


def _accept(response: aiohttp.ClientResponse, url: str) -> None:
    """Raises where the answer is not an artifact; _Busy where another try may help."""
    match response.status:
        case 200:
            return
        case 404 | 410:
            raise ArtifactNotFound(f"artifact not found: {url}")
        case 429 | 500 | 502 | 503 | 504:
            raise _Busy(f"the server answered {response.status}")
        case status:
            raise ArtifactError(f"failed to download {url}: the server answered {status}")
