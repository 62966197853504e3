"""Whether an object is ready, as Helm 3 judged it: the kinds it knew, and nothing of others. Pure.

From Helm's pkg/kube/ready.go. A Deployment counts as ready once as many of its newest pods are
ready as a rollout keeps running at least.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from datetime import datetime

from shared.manifest.identity import Manifest, kind_of, metadata, section, text
from shared.manifest.verdict import Readiness, condition, current, failed, in_progress, number

Rule = Callable[[Manifest], str]
"""Why an object is not ready; empty where it is."""


def legacy_readiness(manifest: Manifest, now: datetime, *, jobs: bool) -> Readiness:
    """The state of an object. `jobs`: whether Jobs have to be complete. `now` is not asked for."""
    kind = kind_of(manifest)
    if (kind.group, kind.kind) == ("batch", "Job"):
        return _job(manifest) if jobs else current("Job is there")
    rule = _RULES.get((kind.group, kind.kind))
    why = rule(manifest) if rule else ""
    return in_progress("NotReady", why) if why else current("Resource is ready")


def _job(job: Manifest) -> Readiness:
    spec, status = section(job, "spec"), section(job, "status")
    if _number(status, "failed") > _number(spec, "backoffLimit", 6):
        return failed("BackoffLimitExceeded", "the Job has failed as often as it may")
    wanted = number(spec, "completions", None)
    if wanted is not None and _number(status, "succeeded") < wanted:
        return in_progress("NotComplete", "the Job is not complete")
    return current("Job is complete")


def _pod(pod: Manifest) -> str:
    ready = text(condition(pod, "Ready"), "status") == "True"
    return "" if ready else "the Pod is not ready"


def _deployment(deployment: Manifest) -> str:
    spec, status = section(deployment, "spec"), section(deployment, "status")
    if spec.get("paused") is True:
        return ""
    if behind := _behind(deployment):
        return behind
    wanted = _number(spec, "replicas", 1)
    spare = _share(section(section(spec, "strategy"), "rollingUpdate"), wanted)
    ready = min(_number(status, "readyReplicas"), _number(status, "updatedReplicas"))
    least = max(wanted - spare, 0)
    return "" if ready >= least else f"{ready} of {least} pods are ready"


def _claim(claim: Manifest) -> str:
    phase = text(section(claim, "status"), "phase")
    return "" if phase == "Bound" else "the claim is not bound"


def _service(service: Manifest) -> str:
    spec = section(service, "spec")
    kind = text(spec, "type")
    if kind == "ExternalName":
        return ""
    if not text(spec, "clusterIP"):
        return "the Service has no address"
    balanced = section(section(service, "status"), "loadBalancer").get("ingress")
    if kind == "LoadBalancer" and not spec.get("externalIPs") and not balanced:
        return "the load balancer has no address"
    return ""


def _daemon_set(daemon_set: Manifest) -> str:
    status = section(daemon_set, "status")
    strategy = section(section(daemon_set, "spec"), "updateStrategy")
    if behind := _behind(daemon_set):
        return behind
    if text(strategy, "type") == "OnDelete":
        return ""
    wanted = _number(status, "desiredNumberScheduled")
    updated, ready = _number(status, "updatedNumberScheduled"), _number(status, "numberReady")
    if updated != wanted:
        return f"{updated} of {wanted} pods are updated"
    least = wanted - _share(section(strategy, "rollingUpdate"), wanted)
    return "" if ready >= least else f"{ready} of {least} pods are ready"


def _definition(definition: Manifest) -> str:
    established = text(condition(definition, "Established"), "status") == "True"
    refused = text(condition(definition, "NamesAccepted"), "status") == "False"
    return "" if established or refused else "the definition is not established"


def _stateful_set(stateful_set: Manifest) -> str:
    spec, status = section(stateful_set, "spec"), section(stateful_set, "status")
    strategy = section(spec, "updateStrategy")
    if behind := _behind(stateful_set):
        return behind
    if text(strategy, "type") == "OnDelete":
        return ""
    wanted = _number(spec, "replicas", 1)
    partition = _number(section(strategy, "rollingUpdate"), "partition")
    updated, ready = _number(status, "updatedReplicas"), _number(status, "readyReplicas")
    if updated < wanted - partition:
        return f"{updated} of {wanted - partition} pods are updated"
    if ready != wanted:
        return f"{ready} of {wanted} pods are ready"
    if not partition and status.get("currentRevision") != status.get("updateRevision"):
        return "not all pods are of the newest revision"
    return ""


def _replicas(owner: Manifest) -> str:
    if behind := _behind(owner):
        return behind
    wanted = _number(section(owner, "spec"), "replicas", 1)
    ready = _number(section(owner, "status"), "readyReplicas")
    return "" if ready >= wanted else f"{ready} of {wanted} pods are ready"


_RULES: Mapping[tuple[str, str], Rule] = {
    ("", "Pod"): _pod,
    ("", "PersistentVolumeClaim"): _claim,
    ("", "Service"): _service,
    ("", "ReplicationController"): _replicas,
    ("apps", "Deployment"): _deployment,
    ("apps", "DaemonSet"): _daemon_set,
    ("apps", "StatefulSet"): _stateful_set,
    ("apps", "ReplicaSet"): _replicas,
    ("apiextensions.k8s.io", "CustomResourceDefinition"): _definition,
}


def _behind(manifest: Manifest) -> str:
    observed = _number(section(manifest, "status"), "observedGeneration")
    generation = _number(metadata(manifest), "generation")
    return "" if observed >= generation else "the newest spec was not seen yet"


def _number(node: Manifest, key: str, default: int = 0) -> int:
    found = node.get(key, default)
    return int(found) if isinstance(found, int | float) else default


def _share(rolling: Manifest, wanted: int) -> int:
    """How many pods may be missing while a rollout goes on."""
    said = rolling.get("maxUnavailable")
    if isinstance(said, str) and said.endswith("%") and said[:-1].isdecimal():
        return math.floor(wanted * int(said[:-1]) / 100)
    return int(said) if isinstance(said, int) else 0
