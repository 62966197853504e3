"""What is wrong with pods and the pod templates of workloads.

Behaviour: Kubernetes' validation of pod specs as of 1.36, in its order.
"""

from __future__ import annotations

from collections.abc import Iterator

from apiserver import naming
from apiserver.cause import duplicate, invalid, required, unsupported
from apiserver.metadata_check import label_faults
from apiserver.refusal import Cause
from apiserver.rule.container_check import container_faults
from apiserver.rule.volume_check import volume_faults
from apiserver.value import Object, objects, section, text

_RESTARTS = ("Always", "OnFailure", "Never")
_DNS = ("ClusterFirstWithHostNet", "ClusterFirst", "Default", "None")
_OPERATORS = ("Equal", "Exists")


def spec_faults(spec: Object, path: str) -> Iterator[Cause]:
    """What is wrong with a pod spec."""
    volumes = {text(each, "name") for each in objects(spec, "volumes")}
    yield from volume_faults(objects(spec, "volumes"), f"{path}.volumes")
    if not objects(spec, "containers"):
        yield required(f"{path}.containers")
    names: set[str] = set()
    for family in ("containers", "initContainers"):
        for index, each in enumerate(objects(spec, family)):
            yield from container_faults(each, f"{path}.{family}[{index}]", volumes)
            yield from _repeated_names(each, f"{path}.{family}[{index}]", names)
    yield from _word_faults(spec, path)
    yield from label_faults(section(spec, "nodeSelector"), f"{path}.nodeSelector")
    yield from _name_faults(spec, path)
    yield from _toleration_faults(objects(spec, "tolerations"), f"{path}.tolerations")


def _repeated_names(container: Object, path: str, names: set[str]) -> Iterator[Cause]:
    name = text(container, "name")
    if name and name in names:
        yield duplicate(f"{path}.name", name)
    names.add(name)


def _word_faults(spec: Object, path: str) -> Iterator[Cause]:
    restarts, dns = text(spec, "restartPolicy"), text(spec, "dnsPolicy")
    if restarts and restarts not in _RESTARTS:
        yield unsupported(f"{path}.restartPolicy", restarts, _RESTARTS)
    if dns and dns not in _DNS:
        yield unsupported(f"{path}.dnsPolicy", dns, _DNS)


def _name_faults(spec: Object, path: str) -> Iterator[Cause]:
    if account := text(spec, "serviceAccountName"):
        for why in naming.subdomain(account):
            yield invalid(f"{path}.serviceAccountName", account, why)
    deadline = spec.get("activeDeadlineSeconds")
    if isinstance(deadline, int) and not 1 <= deadline <= 2147483647:
        why = "must be between 1 and 2147483647, inclusive"
        yield invalid(f"{path}.activeDeadlineSeconds", deadline, why)
    for key in ("hostname", "subdomain"):
        if name := text(spec, key):
            yield from (invalid(f"{path}.{key}", name, why) for why in naming.label(name))


def _toleration_faults(tolerations: list[Object], path: str) -> Iterator[Cause]:
    for index, each in enumerate(tolerations):
        operator, where = text(each, "operator"), f"{path}[{index}].operator"
        if not text(each, "key") and operator != "Exists":
            why = (
                "operator must be Exists when `key` is empty, which means "
                '"match all values and all keys"'
            )
            yield invalid(where, operator, why)
        if operator not in ("", *_OPERATORS):
            yield unsupported(where, operator, _OPERATORS)


def template_faults(workload: Object) -> Iterator[Cause]:
    """What is wrong with the pod template of a workload's spec."""
    yield from spec_faults(section(workload, "template", "spec"), "spec.template.spec")
