"""The submodules of a commit: each has a mirror of its own, and is put where it belongs."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Protocol

from shared.api.git_repository import GitRepository
from shared.artifact.tarball import Entry
from shared.git.credential import ANONYMOUS, Credential
from shared.git.error import GitError
from shared.git.listing import ANYBODY
from shared.git.location import Location, parse
from shared.git.redirect import followed, is_private
from shared.git.remote import Checkout
from shared.git.revision import Candidate, Wish
from shared.git.submodule import declared, resolved
from shared.git.tree import Content
from source_controller.upstream import Credentials, Remotes

MODULES = ".gitmodules"
DEEPEST = 5
MOST = 64
LARGEST = 512 * 1024 * 1024
"""Bytes of all submodules together: they are held in memory while they are packed."""


class Submodules(Protocol):
    """Where submodules come from."""

    async def of(self, repo: GitRepository, checkout: Checkout) -> Mapping[str, Entry]:
        """The files of all submodules by their paths. Raises Failure or GitError."""


@dataclass(slots=True)
class _Way:
    """Where we are among submodules of submodules: `above` are the repositories that led here."""

    path: str
    location: Location
    above: tuple[str, ...]


@dataclass(slots=True)
class _Harvest:
    """What was found so far."""

    files: dict[str, Entry] = field(default_factory=dict)
    remotes: set[tuple[str, str]] = field(default_factory=set)
    size: int = 0
    count: int = 0

    def begin(self) -> None:
        self.count += 1
        if self.count > MOST:
            raise GitError(f"there are more than {MOST} submodules")

    def add(self, path: str, files: Mapping[str, Entry]) -> None:
        self.size += sum(len(entry.content or b"") for entry in files.values())
        if self.size > LARGEST:
            raise GitError(f"the submodules have more than {LARGEST // 1024 // 1024} MiB of files")
        self.files.update({f"{path}/{name}": entry for name, entry in files.items()})


@dataclass(frozen=True, slots=True)
class GitSubmodules:
    """Submodules from remotes that speak Git. What signs us in at the repository's own host is
    shown at no other."""

    credentials: Credentials
    remotes: Remotes

    async def of(self, repo: GitRepository, checkout: Checkout) -> Mapping[str, Entry]:
        """The files of all submodules, as far as `recurseSubmodules` asks for them."""
        harvest = _Harvest()
        if not repo.spec.recurse_submodules:
            return harvest.files
        credential = await self.credentials.of(repo)
        location = parse(repo.spec.url)
        try:
            async with asyncio.timeout(repo.spec.timeout.total_seconds()):
                way = _Way("", location, (location.url,))
                await self._gather(repo, checkout, credential, way, harvest)
        except TimeoutError:
            raise GitError("fetching the submodules timed out") from None
        await self.remotes.relate(repo.spec.url, credential.holder, harvest.remotes)
        return harvest.files

    async def _gather(
        self,
        repo: GitRepository,
        checkout: Checkout,
        credential: Credential,
        way: _Way,
        harvest: _Harvest,
    ) -> None:
        for path, url, commit in await asyncio.to_thread(checkout.read, _links):
            harvest.begin()
            place = f"{way.path}/{path}" if way.path else path
            try:
                there = await asyncio.to_thread(_allowed, way, url)
                shown = (
                    credential if _is_near(parse(repo.spec.url), there) else _stranger(credential)
                )
                wish = _exactly(commit)
                harvest.remotes.add((_url(there), shown.holder))
                found = await self.remotes.checkout(
                    _url(there), wish, shown, repo.spec.timeout, ANYBODY
                )
                harvest.add(place, await asyncio.to_thread(found.read, _files))
            except GitError as problem:
                raise GitError(f"submodule '{place}': {problem}") from None
            inner = _Way(place, there, (*way.above, there.url))
            await self._gather(repo, found, credential, inner, harvest)


def _links(content: Content) -> list[tuple[str, str, str]]:
    """The submodules that are both in the tree and in `.gitmodules`: path, URL and commit."""
    file = next((file for file in content.listing() if file.path == MODULES), None)
    urls = declared(content.read(file)) if file and content.links else {}
    return [(path, urls[path], commit) for path, commit in content.links.items() if path in urls]


def _files(content: Content) -> dict[str, Entry]:
    return dict(_entries(content))


def _entries(content: Content) -> Iterator[tuple[str, Entry]]:
    size = 0
    for file in content.listing():
        data = content.read(file)
        size += len(data)
        if size > LARGEST:
            raise GitError(f"it has more than {LARGEST // 1024 // 1024} MiB of files")
        yield file.path, Entry(file.path, data, file.executable)


def _allowed(way: _Way, url: str) -> Location:
    """Where a submodule is. Raises GitError where we do not go there: round in a circle, too deep,
    from https to http, or from a public to a private address."""
    there = resolved(way.location, url)
    if there.url in way.above:
        raise GitError(f"{there.url} is a submodule of itself")
    if len(way.above) > DEEPEST:
        raise GitError(f"there are more than {DEEPEST} submodules in one another")
    if there.scheme != "ssh" and way.location.scheme != "ssh":
        followed(way.location, there.url)
    elif there.host != way.location.host and _is_inward(way.location.host, there.host):
        raise GitError(f"it is at the private address {there.host}")
    return there


def _is_inward(here: str, there: str) -> bool:
    """Whether the way leads from a public to a private address."""
    return is_private(there) and not is_private(here)


def _is_near(home: Location, there: Location) -> bool:
    return (home.scheme, home.host, home.port) == (there.scheme, there.host, there.port)


def _stranger(credential: Credential) -> Credential:
    """Nobody, who goes the same way."""
    return replace(ANONYMOUS, proxy=credential.proxy)


def _url(location: Location) -> str:
    user = f"{location.username}@" if location.username and location.scheme == "ssh" else ""
    return location.url.replace("://", f"://{user}", 1)


def _exactly(commit: str) -> Wish:
    return Wish(("HEAD",), lambda _: (Candidate("", commit),))
