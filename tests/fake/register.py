"""The objects of one kind, kept in memory, and everything that was said about them."""

from __future__ import annotations

import copy

from shared.manifest.identity import Manifest, metadata, text
from shared.problem import Problem
from shared.reconcile.attempt import Note
from shared.reconcile.key import Key


class FakeRegister:
    """Plays Register, Recorder and Gauge. `broken` makes every status write fail; `shown`: what a
    cache that is behind shows of everything."""

    def __init__(
        self, *objects: Manifest, broken: bool = False, finalizer: str = "finalizers.fluxcd.io"
    ) -> None:
        self.objects = {_key(one): one for one in objects}
        self.broken = broken
        self.finalizer = finalizer
        self.shown: Manifest | None = None
        self.writes: list[Manifest] = []
        self.notes: list[Note] = []
        self.results: list[str] = []
        self.forgotten: list[Key] = []

    def find(self, namespace: str, name: str) -> Manifest | None:
        return self.shown or self.objects.get(Key(namespace, name))

    async def write_status(self, seen: Manifest, status: Manifest) -> Manifest:
        if self.broken:
            raise Problem("the API server is away")
        self.writes.append(status)
        live = self.objects.get(_key(seen), seen)
        return self._keep({**seen, "metadata": metadata(live), "status": status})

    async def add_finalizer(self, seen: Manifest) -> Manifest:
        return self._keep({**seen, "metadata": {**metadata(seen), "finalizers": [self.finalizer]}})

    async def remove_finalizer(self, seen: Manifest) -> None:
        meta = metadata(self.objects.get(_key(seen), seen))
        if "deletionTimestamp" in meta:
            self.objects.pop(_key(seen), None)
        else:
            self._keep({**seen, "metadata": {**meta, "finalizers": []}})

    def record(self, about: Manifest, note: Note) -> None:
        self.notes.append(note)

    def reconciled(self, kind: str, key: Key, seconds: float, result: str) -> None:
        self.results.append(result)

    def gone(self, kind: str, key: Key) -> None:
        self.forgotten.append(key)

    def _keep(self, changed: Manifest) -> Manifest:
        changed = copy.deepcopy(changed)
        version = int(text(metadata(changed), "resourceVersion") or 0) + 1
        metadata(changed)["resourceVersion"] = str(version)
        self.objects[_key(changed)] = changed
        return changed


def _key(manifest: Manifest) -> Key:
    return Key(text(metadata(manifest), "namespace"), text(metadata(manifest), "name"))
