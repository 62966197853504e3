"""What is wrong with a container.

Behaviour: Kubernetes' validation of containers as of 1.36, in its order.
"""

from __future__ import annotations

from collections.abc import Iterator

from apiserver import naming
from apiserver.cause import duplicate, forbidden, invalid, not_found, required, unsupported
from apiserver.quantity import canonical, worth_of
from apiserver.refusal import Cause
from apiserver.value import Object, at, number, objects, section, strings, text

PULLS = ("Always", "IfNotPresent", "Never")
PROTOCOLS = ("SCTP", "TCP", "UDP")
_MESSAGES = ("File", "FallbackToLogsOnError")
_RESOURCES = ("cpu", "memory", "ephemeral-storage")
_SOURCES = ("fieldRef", "resourceFieldRef", "configMapKeyRef", "secretKeyRef", "fileKeyRef")
_HANDLERS = ("exec", "httpGet", "tcpSocket", "grpc")


def container_faults(container: Object, path: str, volumes: set[str]) -> Iterator[Cause]:
    """What is wrong with one container of a pod that has these volumes."""
    name, image = text(container, "name"), text(container, "image")
    if not name:
        yield required(f"{path}.name")
    else:
        yield from (invalid(f"{path}.name", name, why) for why in naming.label(name))
    if not image:
        yield required(f"{path}.image")
    elif image.strip() != image:
        why = "must not have leading or trailing whitespace"
        yield invalid(f"{path}.image", image, why)
    yield from _word(container, "terminationMessagePolicy", path, _MESSAGES)
    yield from _port_faults(objects(container, "ports"), f"{path}.ports")
    yield from _variable_faults(objects(container, "env"), f"{path}.env")
    yield from _import_faults(objects(container, "envFrom"), f"{path}.envFrom")
    yield from _mount_faults(objects(container, "volumeMounts"), f"{path}.volumeMounts", volumes)
    yield from _word(container, "imagePullPolicy", path, PULLS)
    yield from _resource_faults(section(container, "resources"), f"{path}.resources")
    yield from _probe_faults(container, path)


def _word(container: Object, key: str, path: str, choices: tuple[str, ...]) -> Iterator[Cause]:
    if text(container, key) not in choices:
        yield unsupported(f"{path}.{key}", container.get(key), choices)


def _port_faults(ports: list[Object], path: str) -> Iterator[Cause]:
    names: set[str] = set()
    for index, each in enumerate(ports):
        where, name = f"{path}[{index}]", text(each, "name")
        if faults := naming.port(name) if name else []:
            yield from (invalid(f"{where}.name", name, why) for why in faults)
        elif name and name in names:
            yield duplicate(f"{where}.name", name)
        names.add(name)
        if not number(each, "containerPort"):
            yield required(f"{where}.containerPort")
        for key in ("containerPort", "hostPort"):
            if value := number(each, key):
                yield from (invalid(f"{where}.{key}", value, why)
                    for why in naming.port_number(value))  # fmt: skip
        yield from _word(each, "protocol", where, PROTOCOLS)


def _variable_faults(variables: list[Object], path: str) -> Iterator[Cause]:
    for index, each in enumerate(variables):
        where, name = f"{path}[{index}]", text(each, "name")
        if not name:
            yield required(f"{where}.name")
        else:
            yield from (invalid(f"{where}.name", name, why) for why in naming.variable(name))
        if isinstance(each.get("valueFrom"), dict):
            yield from _source_faults(each, f"{where}.valueFrom")


def _source_faults(variable: Object, path: str) -> Iterator[Cause]:
    source = section(variable, "valueFrom")
    found = [key for key in _SOURCES if isinstance(source.get(key), dict)]
    for key in ("configMapKeyRef", "secretKeyRef"):
        if key in found:
            for wanted in ("name", "key"):
                if not text(source, key, wanted):
                    yield required(f"{path}.{key}.{wanted}")
    if not found:
        words = ", ".join(f"`{each}`" for each in _SOURCES[:-1])
        yield invalid(path, "", f"must specify one of: {words} or `{_SOURCES[-1]}`")
    elif text(variable, "value"):
        yield invalid(path, "", "may not be specified when `value` is not empty")
    elif len(found) > 1:
        yield invalid(path, "", "may not have more than one field specified at a time")


def _import_faults(imports: list[Object], path: str) -> Iterator[Cause]:
    for index, each in enumerate(imports):
        found = [key for key in ("configMapRef", "secretRef") if isinstance(each.get(key), dict)]
        for key in found:
            if not text(each, key, "name"):
                yield required(f"{path}[{index}].{key}.name")
        if not found:
            yield invalid(path, "", "must specify one of: `configMapRef` or `secretRef`")
        elif len(found) > 1:
            yield invalid(path, "", "may not have more than one field specified at a time")


def _mount_faults(mounts: list[Object], path: str, volumes: set[str]) -> Iterator[Cause]:
    paths: set[str] = set()
    for index, each in enumerate(mounts):
        where, name, mounted = f"{path}[{index}]", text(each, "name"), text(each, "mountPath")
        if not name:
            yield required(f"{where}.name")
        if name not in volumes:
            yield not_found(f"{where}.name", name)
        if not mounted:
            yield required(f"{where}.mountPath")
        elif mounted in paths:
            yield invalid(f"{where}.mountPath", mounted, "must be unique")
        paths.add(mounted)


def _resource_faults(resources: Object, path: str) -> Iterator[Cause]:
    limits, requests = section(resources, "limits"), section(resources, "requests")
    for family, amounts in (("limits", limits), ("requests", requests)):
        for name, amount in sorted(amounts.items()):
            yield from _amount_faults(name, amount, f"{path}.{family}[{name}]")
            most = limits.get(name, amount)
            if worth_of(amount) > worth_of(most):
                why = f"must be less than or equal to {name} limit of {canonical(most)}"
                yield invalid(f"{path}.requests", canonical(amount), why)


def _amount_faults(name: str, amount: object, path: str) -> Iterator[Cause]:
    if name not in _RESOURCES and "/" not in name and not name.startswith("hugepages-"):
        yield invalid(path, name, "must be a standard resource type or fully qualified")
        yield invalid(path, name, "must be a standard resource for containers")
    if worth_of(amount) < 0:
        yield invalid(path, canonical(amount), "must be greater than or equal to 0")


def _probe_faults(container: Object, path: str) -> Iterator[Cause]:
    for name in ("livenessProbe", "readinessProbe", "startupProbe"):
        probe, where = container.get(name), f"{path}.{name}"
        if not isinstance(probe, dict):
            continue
        yield from _handler_faults(probe, where)
        count = number(probe, "successThreshold", default=1)
        if name != "readinessProbe" and count != 1:
            yield invalid(f"{where}.successThreshold", count, "must be 1")


def _handler_faults(probe: Object, path: str) -> Iterator[Cause]:
    found = [key for key in _HANDLERS if isinstance(probe.get(key), dict)]
    if not found:
        yield required(path, "must specify a handler type")
    for extra in found[1:]:
        yield forbidden(f"{path}.{extra}", "may not specify more than 1 handler type")
    if found[:1] == ["exec"] and not strings(probe, "exec", "command"):
        yield required(f"{path}.exec.command")
    if found and found[0] in ("httpGet", "tcpSocket"):
        yield from port_faults(at(probe, found[0], "port"), f"{path}.{found[0]}.port")


def port_faults(port: object, path: str) -> Iterator[Cause]:
    """What is wrong with a port that is told by its number or its name."""
    faults = naming.port(port) if isinstance(port, str) else naming.port_number(_whole(port))
    yield from (invalid(path, port or 0, why) for why in faults)


def _whole(port: object) -> int:
    return port if isinstance(port, int) else 0
