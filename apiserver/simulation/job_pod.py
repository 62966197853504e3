"""One pod of a Job. Pure."""

from __future__ import annotations

from apiserver.simulation.pod import pod_of
from apiserver.simulation.revision import suffix
from apiserver.storage import Record
from apiserver.value import Object, copy_of, objects, part, text

INDEX = "batch.kubernetes.io/job-completion-index"


def index_of(pod: Record) -> int:
    """The completion index of a pod; -1: it has none."""
    word = text(pod.object, "metadata", "annotations", INDEX)
    return int(word) if word.isdecimal() else -1


def job_pod(owner: Record, index: int | None) -> Object:
    """A pod of a Job; of an Indexed one it knows its index."""
    name = owner.key[1]
    if index is None:
        return pod_of(owner, f"{name}-{suffix()}")
    pod = pod_of(owner, f"{name}-{index}-{suffix()}")
    metadata, spec = part(pod, "metadata"), part(pod, "spec")
    metadata["generateName"] = f"{name}-{index}-"
    part(metadata, "labels")[INDEX] = part(metadata, "annotations")[INDEX] = str(index)
    spec["hostname"] = f"{name}-{index}"
    path: Object = {"apiVersion": "v1", "fieldPath": f"metadata.labels['{INDEX}']"}
    told: Object = {"name": "JOB_COMPLETION_INDEX", "valueFrom": {"fieldRef": path}}
    for each in objects(spec, "containers") + objects(spec, "initContainers"):
        each["env"] = [*objects(each, "env"), told]
    return copy_of(pod)
