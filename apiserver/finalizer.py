"""Finalizers: what an object's deletion waits for."""

from __future__ import annotations

from apiserver.cluster import Cluster
from apiserver.storage import Record, Shelf
from apiserver.value import Object, copy_of, part, section, strings, text


def is_released(content: Object) -> bool:
    """Whether an object's deletion has begun and waits for nothing any more."""
    metadata = section(content, "metadata")
    waiting = strings(metadata, "finalizers") or strings(content, "spec", "finalizers")
    return (
        bool(text(metadata, "deletionTimestamp"))
        and not waiting
        and not metadata.get("deletionGracePeriodSeconds")
    )


def lift(cluster: Cluster, shelf: Shelf, record: Record, finalizer: str) -> None:
    """Take a finalizer off an object; the object goes where that was the last thing in its way."""
    content = copy_of(record.object)
    metadata = part(content, "metadata")
    present = strings(metadata, "finalizers")
    kept = [each for each in present if each != finalizer]
    if kept:
        metadata["finalizers"] = kept
    else:
        metadata.pop("finalizers", None)
    if is_released(content):
        cluster.storage.remove(shelf, record)
    elif kept != present:
        cluster.storage.put(shelf, content)
