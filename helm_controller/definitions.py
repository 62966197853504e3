"""The CustomResourceDefinitions of a chart: written before it is rendered, and never deleted.

From Flux's internal/action/crds.go: `Create` leaves those that are there alone, `CreateReplace`
brings them to what the chart says; what is in crds/ and is no definition is left out.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta

import structlog

from helm_controller.objects import objects_of
from helm_controller.problem import HelmError
from helm_controller.release_making import Method
from helm_controller.rendering import Definition
from helm_controller.three_way import replacement
from helm_controller.workplace import Workplace
from shared.cluster.error import ClusterError, Conflict, NotFound
from shared.manifest.identity import Manifest, Ref, kind_of, labels_of, metadata

ESTABLISHED_WITHIN = timedelta(seconds=60)

log: structlog.stdlib.BoundLogger = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Definitions:
    """Writes definitions. `replaces`: whether those that are there are changed too."""

    work: Workplace
    method: Method
    replaces: bool

    async def write(self, files: Iterable[Definition]) -> list[Ref]:
        """Write all definitions, and wait until they are established; those that were written.
        Raises HelmError."""
        try:
            wanted = definitions_in(files, self.work.origin)
            written = [Ref.of(one) for one in wanted if await self._write(one)]
            await self.work.waiter.until_established(written, ESTABLISHED_WITHIN)
        except (ClusterError, HelmError) as error:
            raise HelmError(
                "release", f"failed to apply CustomResourceDefinitions: {error}"
            ) from error
        return written

    async def _write(self, wanted: Manifest) -> bool:
        """Write one; whether it was written."""
        client, manager, ref = self.work.client, self.work.manager, Ref.of(wanted)
        live = await self._live(ref)
        if live is not None and not self.replaces:
            return False
        if self.method == "ssa":
            await client.apply(wanted, manager=manager)
        elif live is not None:
            operations = replacement(wanted, live)
            await client.patch(ref, operations, kind="json", manager=manager)
        else:
            return await self._created(wanted)
        return True

    async def _created(self, wanted: Manifest) -> bool:
        try:
            await self.work.client.create(wanted, manager=self.work.manager)
        except Conflict:  # somebody else was faster
            return False
        return True

    async def _live(self, ref: Ref) -> Manifest | None:
        try:
            return await self.work.client.get(ref)
        except NotFound:
            return None


def definitions_in(files: Iterable[Definition], labels: dict[str, str]) -> list[Manifest]:
    """The definitions in files of crds/, with labels. CPU bound. Raises HelmError for what is no
    object."""
    found: list[Manifest] = []
    for file in files:
        for manifest in objects_of(file.text):
            kind = kind_of(manifest)
            if (kind.group, kind.kind) != ("apiextensions.k8s.io", "CustomResourceDefinition"):
                log.warning("crds.ignored", file=file.path, object=str(Ref.of(manifest)))
                continue
            merged = {**labels_of(manifest), **labels}
            found.append({**manifest, "metadata": {**metadata(manifest), "labels": merged}})
    return found
