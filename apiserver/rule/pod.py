"""Pods and the pod templates of workloads."""

from __future__ import annotations

from apiserver.cause import forbidden
from apiserver.cluster import Cluster
from apiserver.refusal import Cause, Refusal, subject
from apiserver.rule.pod_check import spec_faults
from apiserver.strategy import Strategy
from apiserver.value import Object, copy_of, objects, part, same, section, text

_CONTAINERS = ("containers", "initContainers", "ephemeralContainers")
_FILE_MODE = 420  # 0644
_HOOKS = ("postStart", "preStop")
_PROBES = ("livenessProbe", "readinessProbe", "startupProbe")


def default_spec(spec: Object) -> None:
    """Fill in a pod spec."""
    spec.setdefault("restartPolicy", "Always")
    spec.setdefault("terminationGracePeriodSeconds", 30)
    spec.setdefault("dnsPolicy", "ClusterFirst")
    spec.setdefault("schedulerName", "default-scheduler")
    if spec.get("securityContext") is None:
        spec["securityContext"] = {}
    if account := text(spec, "serviceAccountName") or text(spec, "serviceAccount"):
        spec["serviceAccountName"] = spec["serviceAccount"] = account
    for family in _CONTAINERS:
        for container in objects(spec, family):
            _default_container(container)
    for volume in objects(spec, "volumes"):
        _default_volume(volume)


def _default_container(container: Object) -> None:
    container.setdefault("terminationMessagePath", "/dev/termination-log")
    container.setdefault("terminationMessagePolicy", "File")
    container.setdefault("imagePullPolicy", _pull_policy(text(container, "image")))
    if container.get("resources") is None:
        container["resources"] = {}
    for port in objects(container, "ports"):
        port.setdefault("protocol", "TCP")
    for variable in objects(container, "env"):
        _default_field_reference(section(variable, "valueFrom"))
    for name in _PROBES:
        if probe := section(container, name):
            _default_probe(probe)
    for name in _HOOKS:
        _default_get(section(container, "lifecycle", name))


def _pull_policy(image: str) -> str:
    last = image.rpartition("/")[2]
    if "@" in last:
        return "IfNotPresent"
    tag = last.partition(":")[2]
    return "Always" if tag in ("", "latest") else "IfNotPresent"


def _default_probe(probe: Object) -> None:
    for key, value in (("timeoutSeconds", 1), ("periodSeconds", 10), ("successThreshold", 1),
            ("failureThreshold", 3)):  # fmt: skip
        if not probe.get(key):
            probe[key] = value
    _default_get(probe)
    if grpc := section(probe, "grpc"):
        grpc.setdefault("service", "")


def _default_get(action: Object) -> None:
    if get := section(action, "httpGet"):
        get.setdefault("path", "/")
        get.setdefault("scheme", "HTTP")


def _default_field_reference(source: Object) -> None:
    if reference := section(source, "fieldRef"):
        reference.setdefault("apiVersion", "v1")


def _default_volume(volume: Object) -> None:
    if not set(volume) - {"name"}:
        volume["emptyDir"] = {}
    for name in ("secret", "configMap", "downwardAPI", "projected"):
        if isinstance(volume.get(name), dict):
            part(volume, name).setdefault("defaultMode", _FILE_MODE)
    if host := section(volume, "hostPath"):
        host.setdefault("type", "")
    for source in (volume, *objects(volume, "projected", "sources")):
        _default_source(source)


def _default_source(source: Object) -> None:
    if token := section(source, "serviceAccountToken"):
        token.setdefault("expirationSeconds", 3600)
    for item in objects(source, "downwardAPI", "items"):
        _default_field_reference(item)


def default_template(workload: Object) -> None:
    """Fill in the pod template of a workload's spec."""
    template = section(workload, "template")
    if template:
        part(template, "metadata")
        default_spec(part(template, "spec"))


def _default_pod(pod: Object) -> None:
    spec = part(pod, "spec")
    default_spec(spec)
    spec.setdefault("enableServiceLinks", True)
    for family in _CONTAINERS:
        for container in objects(spec, family):
            if limits := section(container, "resources", "limits"):
                requests = part(container, "resources", "requests")
                for name, value in limits.items():
                    requests.setdefault(name, value)


_TOLERATED = ("not-ready", "unreachable")


def _tolerations(spec: Object) -> list[Object]:
    """What is tolerated, and for five minutes a node that has gone."""
    found = objects(spec, "tolerations")
    known = {text(each, "key") for each in found if text(each, "effect") in ("", "NoExecute")}
    for each in _TOLERATED:
        if f"node.kubernetes.io/{each}" not in known and "" not in known:
            found.append({"key": f"node.kubernetes.io/{each}", "operator": "Exists",
                "effect": "NoExecute", "tolerationSeconds": 300})  # fmt: skip
    return found


def _require_account(cluster: Cluster, pod: Object) -> None:
    where = text(pod, "metadata", "namespace"), text(pod, "spec", "serviceAccountName")
    if where[1] in ("", "default") or cluster.find(cluster.kind("", "ServiceAccount"), *where):
        return
    name = text(pod, "metadata", "name")
    message = (
        f'pods "{name}" is forbidden: error looking up service account {"/".join(where)}: '
        f'serviceaccount "{where[1]}" not found'
    )
    raise Refusal(403, "Forbidden", message, subject(cluster.kind("", "Pod"), name))


def _prepare_pod(cluster: Cluster, new: Object, old: Object | None) -> None:
    if old is None:
        _require_account(cluster, new)
        new["status"] = {"phase": "Pending", "qosClass": quality(section(new, "spec"))}
        new["spec"] = {**section(new, "spec")}
        part(new, "spec").setdefault("serviceAccountName", "default")
        part(new, "spec").setdefault("serviceAccount", text(new, "spec", "serviceAccountName"))
        part(new, "spec").setdefault("preemptionPolicy", "PreemptLowerPriority")
        part(new, "spec").setdefault("priority", 0)
        part(new, "spec")["tolerations"] = _tolerations(section(new, "spec"))


def quality(spec: Object) -> str:
    """The quality-of-service class of a pod."""
    resources = [section(each, "resources") for each in objects(spec, "containers")]
    if not any(section(each, "limits") or section(each, "requests") for each in resources):
        return "BestEffort"
    exact = all(
        {"cpu", "memory"} <= section(each, "limits").keys()
        and section(each, "limits") == section(each, "requests")
        for each in resources
    )
    return "Guaranteed" if exact else "Burstable"


_CHANGEABLE = (
    "pod updates may not change fields other than `spec.containers[*].image`,"
    "`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions"
    " to existing tolerations),`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it "
    "was previously negative)"
)


def _check_pod(new: Object, old: Object | None) -> list[Cause]:
    found = list(spec_faults(section(new, "spec"), "spec"))
    for family in ("containers", "initContainers") if old is not None else ():
        if len(objects(new, "spec", family)) != len(objects(old, "spec", family)):
            why = f"pod updates may not add or remove {family}"
            return [*found, forbidden(f"spec.{family}", why)]
    if old is not None and not same(_fixed_part(new), _fixed_part(old)):
        found.append(forbidden("spec", _CHANGEABLE))
    return found


def _fixed_part(pod: Object) -> Object:
    """What of a pod's spec may not change; binding it to a node is the simulation's."""
    spec = copy_of(section(pod, "spec"))
    for key in ("activeDeadlineSeconds", "tolerations", "terminationGracePeriodSeconds", "nodeName",
            "ephemeralContainers"):  # fmt: skip
        spec.pop(key, None)
    for family in ("containers", "initContainers"):
        for container in objects(spec, family):
            container.pop("image", None)
            container.pop("resources", None)
    return spec


POD = Strategy(_default_pod, _prepare_pod, _check_pod)
