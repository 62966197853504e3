"""What the server itself keeps in `metadata`."""

from __future__ import annotations

import secrets

from apiserver import cause
from apiserver.cluster import Cluster
from apiserver.refusal import bad_request, conflict, invalid
from apiserver.resource import Resource
from apiserver.route import Target
from apiserver.storage import Record
from apiserver.value import Object, number, objects, part, section, text

_LETTERS = "bcdfghjklmnpqrstvwxz2456789"


def place(content: Object, resource: Resource, target: Target) -> None:
    """Put the object where the URL says. Raises a 400 where it says something else itself."""
    require_map(content, resource)
    metadata = part(content, "metadata")
    named = text(metadata, "namespace")
    if not resource.namespaced:
        metadata.pop("namespace", None)
    elif named and named != target.namespace:
        raise bad_request(
            "the namespace of the provided object does not match the namespace sent on the request"
        )
    else:
        metadata["namespace"] = target.namespace
    if target.name:
        _match_name(metadata, target.name)


def require_map(content: Object, resource: Resource) -> None:
    """Raises a 400 where the metadata is there and no map."""
    metadata = content.get("metadata")
    if isinstance(metadata, dict | None):
        return
    found = {list: "array", str: "string", bool: "bool"}.get(type(metadata), "number")
    kind = resource.kind
    raise bad_request(
        f'{kind} in version "{resource.version}" cannot be handled as a {kind}: json: cannot '
        f"unmarshal {found} into Go struct field {kind}.metadata of type v1.ObjectMeta"
    )


def _match_name(metadata: Object, name: str) -> None:
    named = text(metadata, "name")
    if named and named != name:
        raise bad_request(
            f"the name of the object ({named}) does not match the name on the URL ({name})"
        )
    metadata["name"] = name


def begin(content: Object, cluster: Cluster, resource: Resource) -> None:
    """Give a new object what the server gives it: name, uid, creation time, generation."""
    metadata = part(content, "metadata")
    prefix = text(metadata, "generateName")
    if prefix and not text(metadata, "name"):
        suffix = "".join(secrets.choice(_LETTERS) for _ in range(5))
        metadata["name"] = prefix[:58] + suffix
    for key in ("deletionTimestamp", "deletionGracePeriodSeconds", "resourceVersion", "selfLink"):
        metadata.pop(key, None)
    metadata["uid"] = cluster.new_uid()
    metadata["creationTimestamp"] = cluster.stamp()
    if resource.is_custom or resource.traits.counts_generations:
        metadata["generation"] = 1


_KEPT = (
    "uid", "creationTimestamp", "deletionTimestamp", "deletionGracePeriodSeconds", "generation",
    "generateName", "selfLink",
)  # fmt: skip


def keep(content: Object, live: Record, resource: Resource) -> None:
    """Hold a new state of an object to what only the server may change. Raises a 409 where it was
    made from another state than the live one."""
    metadata, before = part(content, "metadata"), section(live.object, "metadata")
    _require_same_end(metadata, before, resource)
    uid, version = text(metadata, "uid"), text(metadata, "resourceVersion")
    name = text(before, "name")
    if uid and uid != live.uid:
        raise conflict(resource, name, uid_mismatch(uid, live.uid))
    if version not in ("", "0") and version != str(live.revision):
        raise conflict(resource, name)
    for key in _KEPT:
        if key in before:
            metadata[key] = before[key]
        else:
            metadata.pop(key, None)
    metadata["resourceVersion"] = str(live.revision)


def _require_same_end(metadata: Object, before: Object, resource: Resource) -> None:
    """Raises a 422 for who would delete by writing the time of it."""
    told = text(metadata, "deletionTimestamp")
    if told and told != text(before, "deletionTimestamp"):
        fault = cause.invalid("metadata.deletionTimestamp", told, "field is immutable")
        raise invalid(resource, text(before, "name"), [fault])


def uid_mismatch(wanted: str, actual: str) -> str:
    """How a failed uid precondition is told."""
    return f"Precondition failed: UID in precondition: {wanted}, UID in object meta: {actual}"


def advance_generation(content: Object) -> None:
    """Count one more generation."""
    metadata = part(content, "metadata")
    metadata["generation"] = number(metadata, "generation") + 1


def without_repeats(content: Object) -> list[str]:
    """Name each owner once. Answers the warning where one was named again."""
    found: dict[str, Object] = {}
    again: dict[str, None] = {}
    owners = objects(content, "metadata", "ownerReferences")
    for each in owners:
        uid = text(each, "uid")
        if found.get(uid) == each:
            again[uid] = None
        found.setdefault(uid, each)
    if not again:
        return []
    part(content, "metadata")["ownerReferences"] = list(found.values())
    return [_REPEATED + ", ".join(again)]


_REPEATED = (
    ".metadata.ownerReferences contains duplicate entries; API server dedups owner references in "
    "1.20+, and may reject such requests as early as 1.24; please fix your requests; duplicate "
    "UID(s) observed: "
)
