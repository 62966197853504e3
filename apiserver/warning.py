"""What is taken and yet not right: warnings, in the real server's words.

Behaviour: Kubernetes' warnings for pods, claims and ingresses as of 1.36, the common ones.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from apiserver.quantity import QuantityError, worth_of
from apiserver.resource import Resource
from apiserver.value import Object, number, objects, section, text

_OLD_LABELS = {
    "beta.kubernetes.io/arch": "kubernetes.io/arch",
    "beta.kubernetes.io/os": "kubernetes.io/os",
    "failure-domain.beta.kubernetes.io/region": "topology.kubernetes.io/region",
    "failure-domain.beta.kubernetes.io/zone": "topology.kubernetes.io/zone",
    "beta.kubernetes.io/instance-type": "node.kubernetes.io/instance-type",
}
_APPARMOR = "container.apparmor.security.beta.kubernetes.io/"
_INGRESS_CLASS = "kubernetes.io/ingress.class"
_BETA_CLASS = "volume.beta.kubernetes.io/storage-class"


def warnings(content: Object, resource: Resource) -> list[str]:
    """The warnings about an object that is written."""
    if resource.is_custom:
        return []
    found = _KINDS.get((resource.group, resource.kind))
    return list(found(content)) if found else []


def _pod(pod: Object) -> Iterator[str]:
    yield from _template_warnings(pod, "")


def _workload(workload: Object) -> Iterator[str]:
    yield from _template_warnings(section(workload, "spec", "template"), "spec.template.")


def _cron_job(job: Object) -> Iterator[str]:
    template = section(job, "spec", "jobTemplate", "spec", "template")
    yield from _template_warnings(template, "spec.jobTemplate.spec.template.")


def _template_warnings(template: Object, path: str) -> Iterator[str]:
    spec, below = section(template, "spec"), f"{path}spec"
    for key in section(spec, "nodeSelector"):
        if key in _OLD_LABELS:
            yield (
                f'{below}.nodeSelector[{key}]: deprecated since v1.14; use "{_OLD_LABELS[key]}" '
                "instead"
            )
    for key in section(template, "metadata", "annotations"):
        if key.startswith(_APPARMOR):
            yield (
                f"{path}metadata.annotations[{key}]: deprecated since v1.30; use the "
                '"appArmorProfile" field instead'
            )
    yield from _volume_warnings(objects(spec, "volumes"), f"{below}.volumes")
    yield from _repeated(objects(spec, "hostAliases"), "ip", f"{below}.hostAliases")
    yield from _pull_warnings(objects(spec, "imagePullSecrets"), f"{below}.imagePullSecrets")
    ports: list[tuple[str, Object]] = []
    for family in ("initContainers", "containers"):
        for index, each in enumerate(objects(spec, family)):
            where = f"{below}.{family}[{index}]"
            yield from _container_warnings(each, where)
            found = enumerate(objects(each, "ports"))
            ports += [(f"{where}.ports[{place}]", port) for place, port in found]
    yield from _port_warnings(ports)
    yield from _port_name_warnings(ports)


def _volume_warnings(volumes: list[Object], path: str) -> Iterator[str]:
    for index, each in enumerate(volumes):
        if section(each, "gitRepo"):
            yield (
                f"{path}[{index}].gitRepo: deprecated in v1.11, and disabled by default in v1.33+"
            )


def _repeated(items: list[Object], key: str, path: str) -> Iterator[str]:
    seen: set[str] = set()
    for index, each in enumerate(items):
        value = text(each, key)
        if value in seen:
            yield f'{path}[{index}].{key}: duplicate {key} "{value}"'
        seen.add(value)


def _pull_warnings(secrets: list[Object], path: str) -> Iterator[str]:
    seen: set[str] = set()
    for index, each in enumerate(secrets):
        name = text(each, "name")
        if not name:
            yield f'{path}[{index}].name: invalid empty name ""'
        elif name in seen:
            yield f'{path}[{index}].name: duplicate name "{name}"'
        seen.add(name)


def _container_warnings(container: Object, path: str) -> Iterator[str]:
    for family in ("limits", "requests"):
        amounts = section(container, "resources", family)
        yield from _fractions(amounts, ("memory", "ephemeral-storage"),
            f"{path}.resources.{family}")  # fmt: skip
    seen: set[str] = set()
    for index, each in enumerate(objects(container, "env")):
        name = text(each, "name")
        if name in seen:
            yield (
                f'{path}.env[{index}]: hides previous definition of "{name}", which may be '
                "dropped when using apply"
            )
        seen.add(name)


def _port_warnings(ports: list[tuple[str, Object]]) -> Iterator[str]:
    """Ports of all containers of a pod, which share an address."""
    for index, (path, port) in enumerate(ports):
        for other, earlier in ports[:index]:
            how = _clash(port, earlier)
            if how:
                yield f"{path}: {how} port definition with {other}"


def _port_name_warnings(ports: list[tuple[str, Object]]) -> Iterator[str]:
    """Port names of the containers of a pod that are alike."""
    known: dict[str, str] = {}
    for path, port in ports:
        name = text(port, "name")
        if name and (other := known.get(name)):
            yield (
                f'{path}: duplicate port name "{name}" with {other}, services and probes that '
                f"select ports by name will use {other}"
            )
        known.setdefault(name, path)


def _clash(port: Object, other: Object) -> str:
    if any(port.get(key) != other.get(key) for key in ("containerPort", "protocol")):
        return ""
    here, there = number(port, "hostPort"), number(other, "hostPort")
    if here == there and text(port, "hostIP") == text(other, "hostIP"):
        return "duplicate"
    if not here or not there:
        return "overlapping"
    is_open = bool(text(port, "hostIP")) != bool(text(other, "hostIP"))
    return "dangerously ambiguous" if here == there and is_open else ""


def _fractions(amounts: Object, names: tuple[str, ...], path: str) -> Iterator[str]:
    for name in names:
        try:
            worth = worth_of(amounts[name]) if name in amounts else 0
        except QuantityError:
            continue
        if worth % 1:
            yield (
                f'{path}[{name}]: fractional byte value "{amounts[name]}" is invalid, must be an '
                "integer"
            )


def _claim(claim: Object) -> Iterator[str]:
    if _BETA_CLASS in section(claim, "metadata", "annotations"):
        yield (
            f"metadata.annotations[{_BETA_CLASS}]: deprecated since v1.8; use "
            '"storageClassName" attribute instead'
        )
    requests = section(claim, "spec", "resources", "requests")
    yield from _fractions(requests, ("storage",), "spec.resources.requests")


def _ingress(ingress: Object) -> Iterator[str]:
    if _INGRESS_CLASS in section(ingress, "metadata", "annotations"):
        yield (
            f'annotation "{_INGRESS_CLASS}" is deprecated, please use '
            "'spec.ingressClassName' instead"
        )


def _service(service: Object) -> Iterator[str]:
    spec = section(service, "spec")
    if text(spec, "clusterIP") == "None":
        if text(spec, "loadBalancerIP"):
            yield "spec.loadBalancerIP is ignored for headless services"
        if spec.get("externalIPs"):
            yield "spec.externalIPs is ignored for headless services"
        if text(spec, "sessionAffinity") != "None":
            yield "spec.SessionAffinity is ignored for headless services"
    elif spec.get("externalIPs"):
        yield "spec.externalIPs is deprecated and may no longer be implemented in some clusters"
    if text(spec, "externalName") and text(spec, "type") != "ExternalName":
        yield 'spec.externalName is ignored when spec.type is not "ExternalName"'


_KINDS: dict[tuple[str, str], Callable[[Object], Iterator[str]]] = {
    ("", "PersistentVolumeClaim"): _claim,
    ("", "Pod"): _pod,
    ("", "ReplicationController"): _workload,
    ("", "Service"): _service,
    ("apps", "DaemonSet"): _workload,
    ("apps", "Deployment"): _workload,
    ("apps", "ReplicaSet"): _workload,
    ("apps", "StatefulSet"): _workload,
    ("batch", "CronJob"): _cron_job,
    ("batch", "Job"): _workload,
    ("networking.k8s.io", "Ingress"): _ingress,
}
