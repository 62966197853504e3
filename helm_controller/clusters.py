"""What is kept for each cluster that is released to, for as long as it is connected."""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, TypeVar
from weakref import WeakKeyDictionary

from shared.cluster.client import Client
from shared.cluster.connection import Connection

Kept = TypeVar("Kept")


class Clusters(Generic[Kept]):
    """One of something for each cluster. `make`: makes a new one."""

    def __init__(self, make: Callable[[], Kept]) -> None:
        self._make = make
        self._kept: WeakKeyDictionary[Connection, Kept] = WeakKeyDictionary()

    def all(self) -> list[Kept]:
        """Those of all clusters."""
        return list(self._kept.values())

    def of(self, client: Client) -> Kept:
        """That of the cluster of a client, whoever that acts as."""
        if client.connection not in self._kept:
            self._kept[client.connection] = self._make()
        return self._kept[client.connection]
