"""Volume claims and storage classes."""

from __future__ import annotations

from apiserver.cluster import Cluster
from apiserver.refusal import Cause
from apiserver.rule.fault import forbidden, required
from apiserver.strategy import Strategy
from apiserver.value import Object, copy_of, part, same, section, strings, text

_FINALIZER = "kubernetes.io/pvc-protection"
_FIXED = (
    "spec is immutable after creation except resources.requests and volumeAttributesClassName for "
    "bound claims"
)


def _default_claim(new: Object) -> None:
    part(new, "spec").setdefault("volumeMode", "Filesystem")


def _prepare_claim(cluster: Cluster, new: Object, old: Object | None) -> None:
    if old is None:
        new["status"] = {"phase": "Pending"}
        finalizers = strings(new, "metadata", "finalizers")
        if _FINALIZER not in finalizers:
            part(new, "metadata")["finalizers"] = [*finalizers, _FINALIZER]
    elif not text(new, "spec", "volumeName") and text(old, "spec", "volumeName"):
        part(new, "spec")["volumeName"] = text(old, "spec", "volumeName")


def _check_claim(new: Object, old: Object | None) -> list[Cause]:
    spec = section(new, "spec")
    found = []
    if not strings(spec, "accessModes"):
        found.append(required("spec.accessModes", "at least 1 access mode is required"))
    if not text(spec, "resources", "requests", "storage"):
        found.append(required("spec.resources[storage]"))
    if old is not None and not same(_fixed_part(new), _fixed_part(old)):
        found.append(forbidden("spec", _FIXED))
    return found


def _fixed_part(claim: Object) -> Object:
    spec = copy_of(section(claim, "spec"))
    for key in ("resources", "volumeAttributesClassName", "volumeName"):
        spec.pop(key, None)
    return spec


def _default_class(new: Object) -> None:
    new.setdefault("reclaimPolicy", "Delete")
    new.setdefault("volumeBindingMode", "Immediate")


CLAIM = Strategy(_default_claim, _prepare_claim, _check_claim)
STORAGE_CLASS = Strategy(_default_class)
