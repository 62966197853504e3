"""Deletes: at once, or a mark that finalizers and the garbage collector still have work to do."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from apiserver.cause import invalid
from apiserver.cluster import Cluster
from apiserver.definition import CLEANUP
from apiserver.refusal import Cause, failed_precondition, forbidden, invalid_options
from apiserver.resource import Resource
from apiserver.route import is_dry_run
from apiserver.storage import Record
from apiserver.value import Object, at, copy_of, number, objects, part, section, strings, text

Propagation = Literal["", "Background", "Foreground", "Orphan"]
FOREGROUND = "foregroundDeletion"
ORPHAN = "orphan"
POD_GRACE = 30
_POLICIES = '"Foreground", "Background", "Orphan", "nil"'


@dataclass(frozen=True, slots=True)
class DeleteOptions:
    """How to delete; `grace` is None where the kind's own is meant."""

    propagation: Propagation = ""
    uid: str = ""
    resource_version: str = ""
    dry_run: bool = False
    grace: int | None = None


def options_of(body: Object) -> DeleteOptions:
    """The options of a delete: of its body, with the query merged in. Raises a 422."""
    grace = at(body, "gracePeriodSeconds")
    return DeleteOptions(
        propagation=_policy(body),
        uid=text(body, "preconditions", "uid"),
        resource_version=text(body, "preconditions", "resourceVersion"),
        dry_run=any(is_dry_run(each, "DeleteOptions") for each in strings(body, "dryRun")),
        grace=grace if isinstance(grace, int) else None,
    )


def _policy(body: Object) -> Propagation:
    if body.get("orphanDependents") is not None and text(body, "propagationPolicy"):
        why = "orphanDependents and deletionPropagation cannot be both set"
        raise invalid_options(
            "DeleteOptions", invalid("propagationPolicy", text(body, "propagationPolicy"), why)
        )
    if body.get("orphanDependents") is True:
        return "Orphan"
    match text(body, "propagationPolicy"):
        case "" | "Background" | "Foreground" | "Orphan" as policy:
            return policy
        case other:
            told = f'Unsupported value: "{other}": supported values: {_POLICIES}'
            cause = Cause("propagationPolicy", "FieldValueNotSupported", told)
            raise invalid_options("DeleteOptions", cause)


_KEPT = {("", "Namespace", name) for name in ("default", "kube-system", "kube-public")}


def delete(
    cluster: Cluster, resource: Resource, live: Record, options: DeleteOptions
) -> tuple[Record, bool]:
    """Delete an object. Answers its last state, and whether it is gone. Raises a 409."""
    _check_preconditions(resource, live, options)
    if (resource.group, resource.kind, live.key[1]) in _KEPT:
        raise forbidden(resource, live.key[1], "this namespace may not be deleted")
    marked = _marked(cluster, resource, live, options)
    if marked is None:
        gone = live if options.dry_run else cluster.storage.remove(resource.shelf, live)
        return gone, True
    if marked == live.object:
        return live, False
    if options.dry_run:
        return Record(live.key, live.revision, marked), False
    return cluster.storage.put(resource.shelf, marked), False


def _check_preconditions(resource: Resource, live: Record, options: DeleteOptions) -> None:
    name = live.key[1]
    if options.uid and options.uid != live.uid:
        why = (
            f"the UID in the precondition ({options.uid}) does not match the UID in record "
            f"({live.uid}). The object might have been deleted and then recreated"
        )
        raise failed_precondition(resource, name, why)
    version = options.resource_version
    if version and version != str(live.revision):
        why = (
            f"the ResourceVersion in the precondition ({version}) does not match the "
            f"ResourceVersion in record ({live.revision}). The object might have been modified"
        )
        raise failed_precondition(resource, name, why)


def _marked(
    cluster: Cluster, resource: Resource, live: Record, options: DeleteOptions
) -> Object | None:
    """The object as it waits for its deletion; None where nothing holds it."""
    content = copy_of(live.object)
    metadata = part(content, "metadata")
    finalizers = _finalizers(strings(metadata, "finalizers"), options.propagation)
    if _is_definition(resource) and CLEANUP not in finalizers:
        finalizers = [*finalizers, CLEANUP]
    grace = _grace(resource, live, options)
    if not finalizers and not grace and not strings(content, "spec", "finalizers"):
        return None
    if finalizers:
        metadata["finalizers"] = finalizers
    else:
        metadata.pop("finalizers", None)
    if not text(metadata, "deletionTimestamp"):
        metadata["deletionTimestamp"] = cluster.stamp()
        if number(metadata, "generation"):
            metadata["generation"] = number(metadata, "generation") + 1
    metadata["deletionGracePeriodSeconds"] = grace
    if (resource.group, resource.kind) == ("", "Namespace"):
        part(content, "status")["phase"] = "Terminating"
    if _is_definition(resource):
        _announce(content, cluster.stamp())
    return content


def _is_definition(resource: Resource) -> bool:
    return resource.kind == "CustomResourceDefinition" and not resource.is_custom


def _announce(definition: Object, now: str) -> None:
    """Say on a definition that all objects of its kind will go."""
    conditions = objects(definition, "status", "conditions")
    if any(each.get("type") == "Terminating" for each in conditions):
        return
    new: Object = {
        "type": "Terminating",
        "status": "True",
        "lastTransitionTime": now,
        "reason": "InstanceDeletionPending",
        "message": "CustomResourceDefinition marked for deletion; CustomResource deletion will "
        "begin soon",
    }
    part(definition, "status")["conditions"] = [*conditions, new]


def _finalizers(present: list[str], propagation: Propagation) -> list[str]:
    """The finalizers after a delete: the one for the garbage collector follows the policy."""
    if propagation == "":
        return present
    kept = [each for each in present if each not in (FOREGROUND, ORPHAN)]
    match propagation:
        case "Foreground":
            return [*kept, FOREGROUND]
        case "Orphan":
            return [*kept, ORPHAN]
        case _:
            return kept


def _grace(resource: Resource, live: Record, options: DeleteOptions) -> int:
    """Seconds that a pod on a node is given to end. Everything else ends at once."""
    if resource.kind != "Pod" or resource.group:
        return 0
    spec = section(live.object, "spec")
    if not text(spec, "nodeName") or text(live.object, "status", "phase") in (
        "Succeeded",
        "Failed",
    ):
        return 0
    if options.grace is not None:
        return options.grace
    return number(spec, "terminationGracePeriodSeconds", default=POD_GRACE)
