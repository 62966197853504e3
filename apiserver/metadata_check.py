"""The rules for what clients put into `metadata`.

Behaviour: apimachinery's validation of ObjectMeta as of Kubernetes 1.36.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from apiserver import naming
from apiserver.cause import invalid, required
from apiserver.deletion import FOREGROUND, ORPHAN
from apiserver.refusal import Cause
from apiserver.resource import Resource
from apiserver.storage import Record
from apiserver.value import Object, objects, section, strings, text

ANNOTATIONS_LIMIT = 256 * 1024
_RBAC = "rbac.authorization.k8s.io"
_STANDARD_FINALIZERS = ("kubernetes", ORPHAN, FOREGROUND)
_MOST_OF_CRON_JOBS = 52
_SPECIAL: dict[tuple[str, str], Callable[[str], list[str]]] = {
    ("", "Service"): naming.undotted,
    ("", "Namespace"): naming.label,
    ("apps", "StatefulSet"): naming.undotted,
}
"""What names of objects are like where they are not domain names."""


def faults(content: Object, resource: Resource, live: Record | None) -> list[Cause]:
    """What is wrong with the metadata."""
    metadata = section(content, "metadata")
    found = list(_name_faults(metadata, resource)) if live is None else []
    found += label_faults(section(metadata, "labels"), "metadata.labels")
    found += _annotation_faults(section(metadata, "annotations"))
    found += _owner_faults(objects(metadata, "ownerReferences"))
    found += _finalizer_faults(strings(metadata, "finalizers"))
    if not resource.is_custom:
        found += _unqualified(strings(metadata, "finalizers"))
    return found + _late_finalizers(metadata, live)


def warnings(content: Object, before: Object | None, resource: Resource) -> list[str]:
    """What the real server warns of: a new finalizer of a custom resource without a domain."""
    if not resource.is_custom:
        return []
    known = {*_STANDARD_FINALIZERS, *strings(before or {}, "metadata", "finalizers")}
    return [
        f'metadata.finalizers: "{each}": prefer a domain-qualified finalizer name to avoid '
        "accidental conflicts with other finalizer writers"
        for each in strings(content, "metadata", "finalizers")
        if "/" not in each and each not in known
    ]


def _name_faults(metadata: Object, resource: Resource) -> Iterator[Cause]:
    name = text(metadata, "name")
    if not name:
        yield required("metadata.name", "name or generateName is required")
        return
    for why in _rule_of(resource)(name):
        yield invalid("metadata.name", name, why)
    is_cron = (resource.group, resource.kind) == ("batch", "CronJob")
    if is_cron and len(name) > _MOST_OF_CRON_JOBS:
        why = f"must be no more than {_MOST_OF_CRON_JOBS} characters"
        yield invalid("metadata.name", name, why)


def _rule_of(resource: Resource) -> Callable[[str], list[str]]:
    if resource.group == _RBAC:
        return naming.path_segment
    return _SPECIAL.get((resource.group, resource.kind), naming.subdomain)


def label_faults(labels: Object, path: str) -> Iterator[Cause]:
    """What is wrong with the labels at a path."""
    for name, value in sorted(labels.items()):
        yield from (invalid(path, name, why) for why in naming.key(name))
        word = value if isinstance(value, str) else ""
        yield from (invalid(path, word, why) for why in naming.value(word))


def _annotation_faults(annotations: Object) -> Iterator[Cause]:
    for name in sorted(annotations):
        yield from (invalid("metadata.annotations", name, why) for why in naming.key(name.lower()))
    size = sum(len(key) + len(str(value)) for key, value in annotations.items())
    if size > ANNOTATIONS_LIMIT:
        message = f"Too long: may not be more than {ANNOTATIONS_LIMIT} bytes"
        yield Cause("metadata.annotations", "FieldValueTooLong", message)


def _owner_faults(owners: list[Object]) -> Iterator[Cause]:
    path, controllers = "metadata.ownerReferences", []
    for each in owners:
        yield from _faults_of_owner(each, path)
        if each.get("controller") is True:
            controllers.append(f"{text(each, 'kind')}/{text(each, 'name')}")
    if len(controllers) > 1:
        why = (
            'Only one reference can have Controller set to true. Found "true" in references for '
            f"{controllers[0]} and {controllers[1]}"
        )
        yield invalid(path, [_in_order(each) for each in owners], why)


def _in_order(owner: Object) -> Object:
    """An owner as Go shows it."""
    keys = ("apiVersion", "kind", "name", "uid", "controller", "blockOwnerDeletion")
    return {key: owner[key] for key in keys if key in owner}


def _faults_of_owner(owner: Object, path: str) -> Iterator[Cause]:
    if not text(owner, "apiVersion"):
        yield invalid(f"{path}.apiVersion", "", "version must not be empty")
    for key in ("kind", "name", "uid"):
        if not text(owner, key):
            yield invalid(f"{path}.{key}", "", "must not be empty")
    if (text(owner, "apiVersion"), text(owner, "kind")) == ("v1", "Event"):
        yield invalid(path, owner, "/v1, Kind=Event is disallowed from being an owner")


def _finalizer_faults(finalizers: list[str]) -> Iterator[Cause]:
    for each in finalizers:
        yield from (invalid("metadata.finalizers", each, why) for why in naming.key(each))
    if ORPHAN in finalizers and FOREGROUND in finalizers:
        why = f"finalizer {ORPHAN} and {FOREGROUND} cannot be both set"
        yield invalid("metadata.finalizers", finalizers, why)


def _unqualified(finalizers: list[str]) -> Iterator[Cause]:
    why = "name is neither a standard finalizer name nor is it fully qualified"
    for index, each in enumerate(finalizers):
        if "/" not in each and each not in _STANDARD_FINALIZERS and not naming.key(each):
            yield invalid(f"metadata.finalizers[{index}]", each, why)


def _late_finalizers(metadata: Object, live: Record | None) -> list[Cause]:
    if live is None or not live.is_terminating:
        return []
    before = strings(live.object, "metadata", "finalizers")
    added = [each for each in strings(metadata, "finalizers") if each not in before]
    if not added:
        return []
    told = ", ".join(f'"{each}"' for each in added)
    message = (
        "Forbidden: no new finalizers can be added if the object is being deleted, "
        f"found new finalizers []string{{{told}}}"
    )
    return [Cause("metadata.finalizers", "FieldValueForbidden", message)]
