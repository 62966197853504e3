"""What is remembered of one release between attempts."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass

from helm_controller.release_record import Record
from helm_controller.release_store import ReleaseStore
from helm_controller.standing import Outlines, Standing, Standings
from shared.manifest.identity import Manifest, text
from shared.reconcile.key import Key


@dataclass(slots=True)
class Register:
    """One release in the memory of all. `outlines`: the records of the cluster, as they are
    watched."""

    standings: Standings
    outlines: Outlines
    owner: Key
    objects: tuple[Manifest, ...] = ()

    def find(self, reason: Hashable) -> Standing | None:
        """What is known of the release, where nothing has moved since it was found in order for
        this reason. Its objects are at hand from then on."""
        found = self.standings.find(self.owner, reason, self.outlines)
        self.objects = found.objects if found else ()
        return found

    def keep(
        self, reason: Hashable, store: ReleaseStore, last: Record, objects: Sequence[Manifest]
    ) -> None:
        """The release was found in order."""
        size = len(text(last.release, "manifest")) if objects else 0
        standing = Standing(
            reason, store.name, store.namespace, last.revision, dict(store.versions),
            tuple(objects), size,
        )  # fmt: skip
        self.standings.keep(self.owner, standing)
