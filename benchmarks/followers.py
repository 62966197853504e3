"""GitRepositories that all follow branches of one repository, and what its remote is asked."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import cycle

from benchmarks.controllers import SOURCE_SIDES
from benchmarks.delivery import is_ready, offers
from benchmarks.sight import Fits, Sight
from benchmarks.turn import Match, Turn
from shared.manifest.identity import Manifest, section

MATCH = Match(
    managed=(), kinds=("gitrepositories",), sides=SOURCE_SIDES, modules=("source-controller",)
)
_KILO = 1e3


@dataclass(frozen=True, slots=True)
class Followers:
    """The GitRepositories of a turn, by name; the branches are followed in turn."""

    turn: Turn
    names: tuple[str, ...]
    sight: Sight
    branches: tuple[str, ...]

    @classmethod
    async def of(cls, turn: Turn, count: int, branches: Sequence[str] = ("main",)) -> Followers:
        """That many, which are not yet there."""
        sight = await turn.watch(_path(turn))
        names = tuple(f"apps-{number:03}" for number in range(count))
        return cls(turn, names, sight, tuple(branches))

    async def create(self, interval: str = "1h") -> None:
        """Make them."""
        url = self.turn.shop.remote.of(self.turn.repository)
        for name, branch in zip(self.names, cycle(self.branches), strict=False):
            await self.turn.api.create(_path(self.turn), repository(name, url, interval, branch))

    async def ask(self, token: str) -> None:
        """Have all of them look at the remote."""
        for name in self.names:
            await self.turn.api.request(f"{_path(self.turn)}/{name}", token)

    async def until_offered(self, commit: str) -> float:
        """When all of them offer a commit."""
        return await self._until(lambda one: is_ready(one) and offers(one, commit))

    async def until_asked(self, token: str) -> float:
        """When all of them have looked, as they were asked to."""
        return await self._until(
            lambda one: section(one, "status").get("lastHandledReconcileAt") == token
        )

    async def end(self) -> None:
        """Take all away."""
        for name in self.names:
            await self.turn.api.delete(f"{_path(self.turn)}/{name}")
        await self.sight.until_gone(self.names, told=self.turn.processes.last_words)

    @contextmanager
    def counted(self, step: str) -> Iterator[None]:
        """Write down what the remote is asked inside, and how much it sends."""
        talks = self.turn.shop.remote.conversations
        before = len(talks)
        yield
        late = talks[before:]
        self.turn.note(step, "questions to the remote", len(late))
        self.turn.note(step, "bytes", sum(talk.answered for talk in late) / _KILO)

    async def _until(self, fits: Fits) -> float:
        return await self.sight.until(self.names, fits, told=self.turn.processes.last_words)


def repository(name: str, url: str, interval: str, branch: str = "main") -> Manifest:
    """A GitRepository of a branch."""
    spec: Manifest = {"url": url, "interval": interval, "ref": {"branch": branch}}
    return {
        "apiVersion": "source.toolkit.fluxcd.io/v1", "kind": "GitRepository",
        "metadata": {"name": name}, "spec": spec,
    }  # fmt: skip


def _path(turn: Turn) -> str:
    return f"/apis/source.toolkit.fluxcd.io/v1/namespaces/{turn.namespace}/gitrepositories"
