"""The records of releases in a cluster: a Secret for each revision, shared with `helm`.

From Helm's pkg/storage: a new revision that is there already is somebody else's, which makes the
creation of a record a lock; old ones go before a new one comes, the last deployed one never.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from helm_controller.problem import HelmError
from helm_controller.release_diff import ANNOTATION
from helm_controller.release_record import (
    OWNER,
    SECRET_TYPE,
    Record,
    record_of,
    secret_name,
    secret_of,
)
from shared.cluster.client import Client
from shared.cluster.error import Conflict, NotFound
from shared.manifest.identity import Kind, Manifest, Ref, metadata, section, text
from shared.manifest.managed_fields import entries_of
from shared.reconcile.clock import Clock

SECRET = Kind("", "v1", "Secret")
MANAGER = "helm-controller"


class ReleaseTaken(HelmError):
    """Somebody else makes the same revision right now."""


@dataclass(slots=True)
class ReleaseStore:
    """The records of one release, for one attempt: they are read once. `most`: how many are kept, 0
    for all; `note`: told the version of each record that is read or written, empty where it goes;
    `versions`: those of the records there are; `writers`: who has written each of them last;
    `changes`: what a new revision changes, kept with its record."""

    client: Client
    clock: Clock
    name: str
    namespace: str
    most: int = 0
    note: Callable[[str, str, str], None] = lambda _namespace, _name, _version: None
    versions: dict[str, str] = field(default_factory=dict)
    changes: str = ""
    writers: dict[int, str] = field(default_factory=dict)
    _known: dict[int, Record] | None = None

    async def history(self) -> list[Record]:
        """All revisions, the oldest first. Raises ClusterError; HelmError for what is no record."""
        if self._known is None:
            self._known = await self._read()
        return [self._known[revision] for revision in sorted(self._known)]

    async def _read(self) -> dict[int, Record]:
        labels = f"name={self.name},owner={OWNER}"
        listing = await self.client.list(SECRET, namespace=self.namespace, labels=labels)
        secrets = [one for one in listing.items if text(one, "type") in {SECRET_TYPE, ""}]
        records = await asyncio.to_thread(lambda: [record_of(one) for one in secrets])
        for secret, record in zip(secrets, records, strict=True):
            self._noted(secret)
            self.writers[record.revision] = _writer(secret)
        return {record.revision: record for record in records}

    async def create(self, record: Record, before: Sequence[Record]) -> None:
        """Record a new revision. `before`: those there are. Raises ReleaseTaken where somebody
        else has just made it, HelmError where it does not fit, ClusterError."""
        secret = await asyncio.to_thread(
            secret_of, record, self.namespace, created=self.clock.now()
        )
        if self.changes:
            section(secret, "metadata")["annotations"] = {ANNOTATION: self.changes}
        for old in superfluous(before, self.most - 1) if self.most > 0 else ():
            await self.delete(old.revision)
        try:
            self._noted(await self.client.create(secret, manager=MANAGER))
        except Conflict:
            await self._require_same(secret, record.revision)
        self._keep(record)

    async def update(self, record: Record) -> None:
        """Record what has become of a revision. Raises HelmError where it does not fit, and
        ClusterError; NotFound where it is gone."""
        secret = await asyncio.to_thread(
            secret_of, record, self.namespace, modified=self.clock.now()
        )
        # Helm writes the whole object anew, and so forgets when it was created.
        labels = {"createdAt": None, **section(metadata(secret), "labels")}
        news = {"metadata": {"labels": labels}, "data": secret["data"]}
        self._noted(await self.client.patch(self._ref(record.revision), news, manager=MANAGER))
        self._keep(record)

    async def delete(self, revision: int) -> None:
        """Forget a revision. One that is gone already is as good. Raises ClusterError."""
        ref = self._ref(revision)
        self.note(self.namespace, ref.name, "")
        try:
            await self.client.delete(ref)
        except NotFound:
            pass
        finally:
            self.versions.pop(ref.name, None)
        if self._known is not None:
            self._known.pop(revision, None)

    def _keep(self, record: Record) -> None:
        if self._known is not None:
            self._known[record.revision] = record

    def _noted(self, secret: Manifest) -> None:
        name, version = (text(metadata(secret), key) for key in ("name", "resourceVersion"))
        self.versions[name] = version
        self.note(self.namespace, name, version)

    def _ref(self, revision: int) -> Ref:
        return Ref("", "Secret", self.namespace, secret_name(self.name, revision))

    async def _require_same(self, secret: Manifest, revision: int) -> None:
        """Raises ReleaseTaken, unless the record is there just as it is wanted: an answer may have
        been lost."""
        found = await self.client.get(Ref.of(secret))
        if section(found, "data") != section(secret, "data"):
            raise ReleaseTaken(
                "load",
                f"revision {revision} of release {self.name} is there already: somebody else is at "
                "it",
            )
        self._noted(found)


def _writer(secret: Manifest) -> str:
    """Who has written a record last, as its managed fields tell."""
    last = max(entries_of(secret), key=lambda entry: text(entry, "time"), default={})
    return text(last, "manager")


def superfluous(records: Sequence[Record], most: int) -> list[Record]:
    """The oldest records that are in the way of keeping at most `most`; the last deployed one stays
    whatever happens. Pure."""
    ordered = sorted(records, key=lambda record: record.revision)
    deployed = [one.revision for one in ordered if one.status == "deployed"]
    spared = deployed[-1:]
    old = [one for one in ordered if one.revision not in spared]
    return old[: max(len(ordered) - most, 0)]
