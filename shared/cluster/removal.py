"""Deleting an object if it is the one that is meant, read only where it is not known already."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

from shared.cluster.client import Client, Propagation
from shared.cluster.error import Conflict, NotFound
from shared.manifest.identity import Manifest, Ref, metadata, text

Removal = Literal["absent", "stays", "going", "gone"]
"""`going`: it was asked to go, and something holds it still."""


async def remove(
    client: Client,
    ref: Ref,
    goes: Callable[[Manifest], bool],
    shown: Manifest | None = None,
    propagation: Propagation = "Background",
) -> Removal:
    """Delete an object if it `goes`, as its metadata tells; what has become of it.

    Where a watch has `shown` that it does, the deletion says which state of the object it is about:
    nothing is read, unless the API server says that the object has changed since. Raises
    ClusterError; Conflict where another has taken its place in this moment.
    """

    async def deleted(uid: str, version: str = "") -> Removal:
        is_gone = await client.delete(ref, uid=uid, version=version, propagation=propagation)
        return "gone" if is_gone else "going"

    try:
        if shown is not None and goes(shown):
            try:
                return await deleted(_uid(shown), text(metadata(shown), "resourceVersion"))
            except Conflict:
                pass  # It has changed since.
        live = await client.get(ref)
        return await deleted(_uid(live)) if goes(live) else "stays"
    except NotFound:
        return "absent"


def _uid(manifest: Manifest) -> str:
    return text(metadata(manifest), "uid")
