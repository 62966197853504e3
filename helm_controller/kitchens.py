"""The kitchens of all clusters that are released to: one each, for as long as it is connected."""

from __future__ import annotations

from weakref import WeakKeyDictionary

from helm_controller.capabilities import CapabilitiesDesk
from helm_controller.kitchen import Kitchen, Renders
from helm_controller.lookup_door import LookupDoor
from shared.cluster.client import Client
from shared.cluster.connection import Connection


class Kitchens:
    """What renders for each cluster: all with the same engine."""

    def __init__(self, engine: Renders, door: LookupDoor) -> None:
        self._engine = engine
        self._door = door
        self._kitchens: WeakKeyDictionary[Connection, Kitchen] = WeakKeyDictionary()

    def of(self, client: Client) -> Kitchen:
        """The kitchen of a cluster. What that serves is asked in our own name: every tenant may
        know it, and it is the same for all."""
        found = self._kitchens.get(client.connection)
        if found is None:
            own = Client(client.connection, client.discovery)
            found = Kitchen(self._engine, CapabilitiesDesk(own), client.discovery, self._door)
            self._kitchens[client.connection] = found
        return found
