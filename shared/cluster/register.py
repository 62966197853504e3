"""Objects of one of our kinds: read from the cache; status and finalizer written with care.

Between our reading and our writing others write too: their conditions and finalizers stay, and what
they changed meanwhile is read before we try again (reference flux.md 1.1, `pkg/runtime/patch`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import cast

from shared.cluster.cache import Cache
from shared.cluster.client import Client
from shared.cluster.error import Conflict, NotFound
from shared.manifest.identity import Kind, Manifest, Ref, metadata, section, text

FINALIZER = "finalizers.fluxcd.io"
TRIES = 5
"""How often a write that somebody else came before is tried."""

Change = Callable[[Manifest], Manifest | None]
"""The merge patch that an object needs; None where it needs none."""


@dataclass(frozen=True, slots=True)
class ObjectRegister:
    """Fulfils `shared.runtime.record.Register`.

    `manager`: the field manager of all that is written here, such as `gotk-kustomize-controller`.
    Not the one that applies: what that one wrote without an apply it takes over, and then drops
    where it is not in Git, finalizers too. `owned`: the condition types that are
    ours to set and to take off. `finalizer`: the one that is ours.
    """

    cache: Cache
    client: Client
    kind: Kind
    manager: str
    owned: frozenset[str]
    finalizer: str = FINALIZER

    def find(self, namespace: str, name: str) -> Manifest | None:
        """The object as the cache has it."""
        return self.cache.find(namespace, name)

    async def write_status(self, seen: Manifest, status: Manifest) -> Manifest:
        """Write the status of the object last seen as `seen`; the object as it is then. Conditions
        of others stay as they are now. Raises ClusterError; NotFound where the object is gone."""
        # What is new in the status is ours too, whether or not it was said to be.
        news = _conditions(status).keys() - _conditions(section(seen, "status")).keys()
        owned = self.owned | news

        def change(live: Manifest) -> Manifest | None:
            before = section(live, "status")
            patch = difference(before, merged(status, before, owned))
            return {"status": patch} if patch else None

        return await self._write(seen, change, subresource="status")

    async def add_finalizer(self, seen: Manifest) -> Manifest:
        """Put our finalizer on the object; the object as it is then. Raises ClusterError."""

        def change(live: Manifest) -> Manifest | None:
            present = finalizers_of(live)
            return None if self.finalizer in present else _finalizers([*present, self.finalizer])

        return await self._write(seen, change)

    async def remove_finalizer(self, seen: Manifest) -> None:
        """Take our finalizer off; an object that is gone needs none of it. Raises ClusterError."""

        def change(live: Manifest) -> Manifest | None:
            present = finalizers_of(live)
            rest = [finalizer for finalizer in present if finalizer != self.finalizer]
            return None if rest == present else _finalizers(rest)

        try:
            await self._write(seen, change)
        except NotFound:
            return

    async def _write(self, seen: Manifest, change: Change, *, subresource: str = "") -> Manifest:
        """Bring the change about on the object as it is at that moment."""
        live = seen
        for _ in range(TRIES - 1):
            try:
                return await self._patched(live, change, subresource)
            except Conflict:
                live = await self._read_again(seen)
        return await self._patched(live, change, subresource)

    async def _patched(self, live: Manifest, change: Change, subresource: str) -> Manifest:
        patch = change(live)
        if patch is None:
            return live
        guard = {"resourceVersion": text(metadata(live), "resourceVersion")}
        body = {**patch, "metadata": {**section(patch, "metadata"), **guard}}
        return await self.client.patch(
            self._ref(live), body, manager=self.manager, subresource=subresource
        )

    async def _read_again(self, seen: Manifest) -> Manifest:
        """The object as it is now. Raises NotFound where it is gone, though another of its name may
        have come: what we learned is not about that one."""
        live = await self.client.get(self._ref(seen))
        if text(metadata(live), "uid") != text(metadata(seen), "uid"):
            raise NotFound(f"{self._ref(seen)}: the object is another one by now", status=404)
        return live

    def _ref(self, manifest: Manifest) -> Ref:
        meta = metadata(manifest)
        kind = self.kind
        return Ref(kind.group, kind.kind, text(meta, "namespace"), text(meta, "name"), kind.version)


def finalizers_of(manifest: Manifest) -> list[str]:
    """The finalizers of an object, in their order."""
    return list(cast("list[str]", metadata(manifest).get("finalizers") or ()))


def _finalizers(wanted: list[str]) -> Manifest:
    return {"metadata": {"finalizers": wanted}}


def merged(status: Manifest, live: Manifest, owned: frozenset[str]) -> Manifest:
    """Our status, with the conditions of others as the live one has them."""
    ours, theirs = _conditions(status), _conditions(live)
    conditions = [
        condition if kind in owned else theirs[kind]
        for kind, condition in ours.items()
        if kind in owned or kind in theirs
    ]
    conditions += [
        condition for kind, condition in theirs.items() if kind not in owned and kind not in ours
    ]
    if not conditions and "conditions" not in status:
        return dict(status)
    return {**status, "conditions": conditions}


def _conditions(status: Manifest) -> dict[str, Manifest]:
    found = status.get("conditions")
    conditions = cast("list[Manifest]", found) if isinstance(found, list) else []
    return {text(condition, "type"): condition for condition in conditions}


def difference(before: Mapping[str, object], after: Mapping[str, object]) -> Manifest:
    """The merge patch (RFC 7386) that makes `after` of `before`; empty where they are equal."""
    patch: Manifest = dict.fromkeys(key for key in before if key not in after)
    for key, wanted in after.items():
        present = before.get(key)
        if isinstance(wanted, dict) and isinstance(present, dict):
            below = difference(present, wanted)
            if below:
                patch[key] = below
        elif wanted != present or key not in before:
            patch[key] = wanted
    return patch
