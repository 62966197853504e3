"""Claims to devices, and classes of volumes that may be altered: kinds with a default or two."""

from __future__ import annotations

from apiserver.cluster import Cluster
from apiserver.strategy import Strategy
from apiserver.value import Object, objects, part, section, strings

_FINALIZER = "kubernetes.io/vac-protection"


def _default_claim(new: Object) -> None:
    _default_requests(section(new, "spec"))


def _default_template(new: Object) -> None:
    _default_requests(section(new, "spec", "spec"))


def _default_requests(spec: Object) -> None:
    for request in objects(spec, "devices", "requests"):
        for each in [section(request, "exactly"), *objects(request, "firstAvailable")]:
            if each and each.setdefault("allocationMode", "ExactCount") == "ExactCount":
                each.setdefault("count", 1)


def _prepare_class(cluster: Cluster, new: Object, old: Object | None) -> None:
    if old is None and _FINALIZER not in strings(new, "metadata", "finalizers"):
        metadata = part(new, "metadata")
        metadata["finalizers"] = [*strings(metadata, "finalizers"), _FINALIZER]


DEVICE_CLAIM = Strategy(_default_claim)
DEVICE_CLAIM_TEMPLATE = Strategy(_default_template)
ATTRIBUTES_CLASS = Strategy(prepare=_prepare_class)
