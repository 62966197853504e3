"""Volume claims and storage classes."""

from __future__ import annotations

from apiserver import naming
from apiserver.cause import forbidden, immutable, invalid, required, unsupported
from apiserver.cluster import Cluster
from apiserver.quantity import canonical, worth_of
from apiserver.refusal import Cause
from apiserver.strategy import Strategy
from apiserver.value import Object, copy_of, part, same, section, strings, text

_FINALIZER = "kubernetes.io/pvc-protection"
_VOLUME_FINALIZER = "kubernetes.io/pv-protection"
_MODES = ("ReadOnlyMany", "ReadWriteMany", "ReadWriteOnce", "ReadWriteOncePod")
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
    found: list[Cause] = []
    if not strings(spec, "accessModes"):
        found.append(required("spec.accessModes", "at least 1 access mode is required"))
    wrong = [each for each in strings(spec, "accessModes") if each not in _MODES]
    found += [unsupported("spec.accessModes", each, _MODES) for each in wrong]
    size = section(spec, "resources", "requests").get("storage")
    if size is None:
        found.append(required("spec.resources[storage]"))
    elif worth_of(size) <= 0:
        found.append(
            invalid("spec.resources[storage]", canonical(size), "must be greater than zero")
        )
    if kind := text(spec, "storageClassName"):
        found += [invalid("spec.storageClassName", kind, why) for why in naming.subdomain(kind)]
    if old is not None and not same(_fixed_part(new), _fixed_part(old)):
        found.append(forbidden("spec", _FIXED))
    return found


def _fixed_part(claim: Object) -> Object:
    spec = copy_of(section(claim, "spec"))
    for key in ("resources", "volumeAttributesClassName", "volumeName"):
        spec.pop(key, None)
    return spec


def _default_volume(new: Object) -> None:
    spec = part(new, "spec")
    spec.setdefault("persistentVolumeReclaimPolicy", "Retain")
    spec.setdefault("volumeMode", "Filesystem")
    if section(spec, "hostPath"):
        part(spec, "hostPath").setdefault("type", "")


def _prepare_volume(cluster: Cluster, new: Object, old: Object | None) -> None:
    if old is None:
        new["status"] = {"phase": "Pending", "lastPhaseTransitionTime": cluster.stamp()}
        finalizers = strings(new, "metadata", "finalizers")
        if _VOLUME_FINALIZER not in finalizers:
            part(new, "metadata")["finalizers"] = [*finalizers, _VOLUME_FINALIZER]


def _default_class(new: Object) -> None:
    new.setdefault("reclaimPolicy", "Delete")
    new.setdefault("volumeBindingMode", "Immediate")


CLAIM = Strategy(_default_claim, _prepare_claim, _check_claim)
VOLUME = Strategy(_default_volume, _prepare_volume)


def _check_class(new: Object, old: Object | None) -> list[Cause]:
    return immutable(new, old, "provisioner", "parameters", "reclaimPolicy", "volumeBindingMode")


STORAGE_CLASS = Strategy(_default_class, check=_check_class)
