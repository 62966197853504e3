"""One pod of a StatefulSet, and the volume claims that are its own. Pure."""

from __future__ import annotations

from apiserver.simulation.history import Revision
from apiserver.simulation.office import reference
from apiserver.simulation.pod import pod_of
from apiserver.simulation.stateful_plan import REVISION
from apiserver.storage import Record
from apiserver.value import Object, copy_of, objects, part, section, text

_NAME = "statefulset.kubernetes.io/pod-name"
_INDEX = "apps.kubernetes.io/pod-index"


def pod_at(owner: Record, index: int, revision: Revision) -> Object:
    """The pod of that number."""
    name = f"{owner.key[1]}-{index}"
    pod = pod_of(owner, name, revision.template)
    labels = part(pod, "metadata", "labels")
    labels |= {REVISION: revision.name, _NAME: name, _INDEX: str(index)}
    spec = part(pod, "spec")
    spec["hostname"] = name
    if subdomain := text(owner.object, "spec", "serviceName"):
        spec["subdomain"] = subdomain
    claimed = {text(each, "metadata", "name") for each in _templates(owner)}
    volumes = [each for each in objects(spec, "volumes") if text(each, "name") not in claimed]
    volumes += [_volume(each, name) for each in sorted(claimed)]
    if volumes:
        spec["volumes"] = volumes
    return pod


def _templates(owner: Record) -> list[Object]:
    return objects(owner.object, "spec", "volumeClaimTemplates")


def _volume(template: str, pod: str) -> Object:
    return {"name": template, "persistentVolumeClaim": {"claimName": f"{template}-{pod}"}}


def claims_of(owner: Record, pod: Object) -> list[Object]:
    """The claims that a pod needs."""
    return [_claim(owner, each, text(pod, "metadata", "name")) for each in _templates(owner)]


def _claim(owner: Record, template: Object, pod: str) -> Object:
    kept: Object = {"metadata": template["metadata"], "spec": template["spec"]}
    content = copy_of(kept)
    metadata = part(content, "metadata")
    metadata |= {"name": f"{text(metadata, 'name')}-{pod}", "namespace": owner.key[0]}
    chosen = section(owner.object, "spec", "selector", "matchLabels")
    part(metadata, "labels").update(chosen)
    policy = section(owner.object, "spec", "persistentVolumeClaimRetentionPolicy")
    if text(policy, "whenDeleted") == "Delete":
        metadata["ownerReferences"] = [reference(owner)]
    return content


def own_claim(claim: Object, pod: Record) -> Object:
    """A claim that goes when a pod goes."""
    content = copy_of(claim)
    part(content, "metadata")["ownerReferences"] = [
        {"apiVersion": "v1", "kind": "Pod", "name": pod.key[1], "uid": pod.uid}
    ]
    return content
