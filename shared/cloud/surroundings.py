"""What the clouds are asked with."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from shared.cloud.error import CloudError
from shared.cloud.identity import Accounts
from shared.cloud.web import Web
from shared.reconcile.clock import Clock

_LARGEST = 64 << 10


@dataclass(frozen=True, slots=True)
class Surroundings:
    """Requests, time, the environment of this process, and the accounts of our cluster."""

    web: Web
    clock: Clock
    accounts: Accounts
    environment: Mapping[str, str] = field(repr=False)

    def variable(self, name: str) -> str:
        """A variable of the environment; empty where it is not set."""
        return self.environment.get(name, "").strip()

    def has(self, *names: str) -> bool:
        """Whether all of these variables are set."""
        return all(map(self.variable, names))

    async def file(self, variable: str) -> str:
        """The text of the file that a variable names. Raises CloudError."""
        return await self.content(self.variable(variable), variable)

    async def content(self, path: str, named: str) -> str:
        """The text of a file, as it is now: tokens in files are replaced while we run. `named`:
        where its path comes from. Raises CloudError."""
        try:
            content = await asyncio.to_thread(_read, path)
        except OSError as error:
            raise CloudError(f"{named}: cannot read {path}: {error.strerror}") from None
        return content.decode("utf-8", "replace").strip()


def _read(path: str) -> bytes:
    with Path(path).open("rb") as file:
        return file.read(_LARGEST)
