"""Nodes and storage: what a cluster stands on."""

from __future__ import annotations

from datetime import datetime

from apiserver.printer.column import Printer, age, columns, name, word
from apiserver.value import Object, at, objects, section, strings, text


def _claim(content: Object, now: datetime) -> list[object]:
    spec, status = section(content, "spec"), section(content, "status")
    modes = ",".join(_MODES.get(each, each) for each in strings(status, "accessModes"))
    size = text(status, "capacity", "storage")
    return [
        name(content), text(status, "phase"), text(spec, "volumeName"), size, modes,
        text(spec, "storageClassName"), "<unset>", age(content, now), text(spec, "volumeMode"),
    ]  # fmt: skip


_MODES = {"ReadWriteOnce": "RWO", "ReadOnlyMany": "ROX", "ReadWriteMany": "RWX",
    "ReadWriteOncePod": "RWOP"}  # fmt: skip


def _node(content: Object, now: datetime) -> list[object]:
    ready = any(
        text(each, "type") == "Ready" and text(each, "status") == "True"
        for each in objects(content, "status", "conditions")
    )
    info = section(content, "status", "nodeInfo")
    return [name(content), "Ready" if ready else "NotReady", "<none>", age(content, now),
        text(info, "kubeletVersion"), *_addresses(content),
        *(word(text(info, key), "<unknown>") for key in ("osImage", "kernelVersion",
            "containerRuntimeVersion"))]  # fmt: skip


def _addresses(content: Object) -> list[str]:
    found = {
        text(each, "type"): text(each, "address")
        for each in objects(content, "status", "addresses")
    }
    return [found.get(kind, "<none>") for kind in ("InternalIP", "ExternalIP")]


def _volume(content: Object, now: datetime) -> list[object]:
    spec, status = section(content, "spec"), section(content, "status")
    claim = section(spec, "claimRef")
    bound = f"{text(claim, 'namespace')}/{text(claim, 'name')}" if claim else ""
    modes = ",".join(_MODES.get(each, each) for each in strings(spec, "accessModes"))
    return [name(content), text(spec, "capacity", "storage"), modes,
        text(spec, "persistentVolumeReclaimPolicy"), text(status, "phase"), bound,
        text(spec, "storageClassName"), "<unset>", text(status, "reason"), age(content, now),
        text(spec, "volumeMode")]  # fmt: skip


_DEFAULT = "storageclass.kubernetes.io/is-default-class"


def _class(content: Object, now: datetime) -> list[object]:
    is_default = text(content, "metadata", "annotations", _DEFAULT) == "true"
    shown = name(content) + (" (default)" if is_default else "")
    grows = content.get("allowVolumeExpansion") is True
    return [shown, text(content, "provisioner"), text(content, "reclaimPolicy"),
        text(content, "volumeBindingMode"), grows, age(content, now)]  # fmt: skip


def _driver(content: Object, now: datetime) -> list[object]:
    spec = section(content, "spec")
    flags = [spec.get(key) is True for key in ("attachRequired", "podInfoOnMount",
        "storageCapacity")]  # fmt: skip
    tokens = ",".join(text(each, "audience") for each in objects(spec, "tokenRequests"))
    modes = ",".join(strings(spec, "volumeLifecycleModes"))
    return [name(content), *flags, tokens or "<unset>", spec.get("requiresRepublish") is True,
        word(modes), age(content, now)]  # fmt: skip


def _drivers(content: Object, now: datetime) -> list[object]:
    return [name(content), len(objects(content, "spec", "drivers")), age(content, now)]


def _attachment(content: Object, now: datetime) -> list[object]:
    spec = section(content, "spec")
    return [name(content), text(spec, "attacher"), text(spec, "source", "persistentVolumeName"),
        text(spec, "nodeName"), at(content, "status", "attached") is True,
        age(content, now)]  # fmt: skip


NODE = Printer(
    columns(
        "Name Status Roles Age Version +Internal-IP +External-IP +OS-Image +Kernel-Version "
        "+Container-Runtime"
    ),
    _node,
)
CLAIM = Printer(
    columns(
        "Name Status Volume Capacity Access_Modes StorageClass VolumeAttributesClass Age "
        "+VolumeMode"
    ),
    _claim,
)
VOLUME = Printer(
    columns(
        "Name Capacity Access_Modes Reclaim_Policy Status Claim StorageClass "
        "VolumeAttributesClass Reason Age +VolumeMode"
    ),
    _volume,
)
CLASS = Printer(
    columns("Name Provisioner ReclaimPolicy VolumeBindingMode AllowVolumeExpansion Age"), _class
)
DRIVER = Printer(
    columns(
        "Name AttachRequired? PodInfoOnMount? StorageCapacity? TokenRequests RequiresRepublish? "
        "Modes Age"
    ),
    _driver,
)
NODE_DRIVERS = Printer(columns("Name Drivers# Age"), _drivers)
ATTACHMENT = Printer(columns("Name Attacher PV Node Attached? Age"), _attachment)
