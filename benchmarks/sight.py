"""What is in an API server, seen by watching: when an object came to be as it should be."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

import aiohttp
import orjson

from benchmarks.process import RunError
from shared.manifest.identity import Manifest, metadata, text

PATIENCE = 120.0
"""Seconds until something that should have happened never will."""

Fits = Callable[[Manifest], bool]


@dataclass(slots=True)
class Wish:
    """Objects that shall come to fit, by name; `seen`: when the last of them did."""

    missing: set[str]
    fits: Fits
    done: asyncio.Event = field(default_factory=asyncio.Event)
    seen: float = 0.0

    def look(self, name: str, found: Manifest | None, *, gone: bool) -> None:
        """Something became of an object."""
        if name in self.missing and ((found is None) if gone else bool(found and self.fits(found))):
            self.missing.discard(name)
            if not self.missing:
                self.seen = time.monotonic()
                self.done.set()


class Sight:
    """All objects of one resource in a namespace. `path`: where they are listed; `patience`: how
    many seconds are waited for anything."""

    def __init__(self, api: aiohttp.ClientSession, path: str, patience: float = PATIENCE) -> None:
        self._api = api
        self._path = path
        self._patience = patience
        self._objects: dict[str, Manifest] = {}
        self._wishes: list[tuple[Wish, bool]] = []
        self._since = ""

    def find(self, name: str) -> Manifest | None:
        """The object, as it was seen last."""
        return self._objects.get(name)

    async def open(self) -> None:
        """See what is there."""
        async with self._api.get(self._path) as answer:
            found = orjson.loads(await answer.read())
        self._objects = {text(metadata(one), "name"): one for one in found["items"]}
        self._since = found["metadata"]["resourceVersion"]

    async def follow(self) -> None:
        """See what becomes of it, until cancelled."""
        options = {"watch": "1", "resourceVersion": self._since, "timeoutSeconds": "3600"}
        patient = aiohttp.ClientTimeout(total=None)
        rest = b""
        async with self._api.get(self._path, params=options, timeout=patient) as answer:
            # A line may be longer than what aiohttp takes for one.
            async for piece in answer.content.iter_any():
                *lines, rest = (rest + piece).split(b"\n")
                for line in lines:
                    self._take(orjson.loads(line))
        raise RunError(f"the watch of {self._path} has ended")

    async def until(self, names: Iterable[str], fits: Fits, *, told: Callable[[], str]) -> float:
        """When all objects of these names fitted, on the monotonic clock. Raises RunError, with
        what `told` says, where they never do."""
        return await self._until(Wish(set(names), fits), gone=False, told=told)

    async def until_gone(self, names: Iterable[str], *, told: Callable[[], str]) -> float:
        """When the last of these was gone. Raises RunError."""
        return await self._until(Wish(set(names), lambda _: False), gone=True, told=told)

    async def _until(self, wish: Wish, *, gone: bool, told: Callable[[], str]) -> float:
        self._wishes.append((wish, gone))
        for name in list(wish.missing):
            wish.look(name, self._objects.get(name), gone=gone)
        if not wish.missing and not wish.done.is_set():
            return time.monotonic()
        try:
            async with asyncio.timeout(self._patience):
                await wish.done.wait()
        except TimeoutError:
            raise RunError(self._never(wish, told)) from None
        finally:
            self._wishes.remove((wish, gone))
        return wish.seen

    def _never(self, wish: Wish, told: Callable[[], str]) -> str:
        name = min(wish.missing)
        status = (self._objects.get(name) or {}).get("status", {})
        few = f"{len(wish.missing)} objects of {self._path} never came to be as they should"
        return f"{few}, such as {name}: {str(status)[:1000]}\n{told()}"

    def _take(self, change: Manifest) -> None:
        found = change["object"]
        assert isinstance(found, dict)
        name = text(metadata(found), "name")
        if change["type"] == "DELETED":
            self._objects.pop(name, None)
        else:
            self._objects[name] = found
        for wish, gone in self._wishes:
            wish.look(name, self._objects.get(name), gone=gone)
