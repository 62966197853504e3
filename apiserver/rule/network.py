"""Ingresses, network policies, and where the packets for a Service go."""

from __future__ import annotations

from collections.abc import Iterator

from apiserver import naming
from apiserver.cause import immutable, invalid, required, unsupported
from apiserver.cluster import Cluster
from apiserver.refusal import Cause
from apiserver.rule.container_check import port_faults
from apiserver.strategy import Strategy
from apiserver.value import Object, objects, part, section, strings, text


def _prepare_ingress(cluster: Cluster, new: Object, old: Object | None) -> None:
    if old is None:
        new["status"] = {"loadBalancer": {}}


_PATH_TYPES = ("Exact", "ImplementationSpecific", "Prefix")
_POLICY_TYPES = ("Ingress", "Egress")
_PROTOCOLS = ("TCP", "UDP", "SCTP")


def _check_ingress(new: Object, old: Object | None) -> list[Cause]:
    spec = section(new, "spec")
    if not objects(spec, "rules") and not section(spec, "defaultBackend"):
        why = "either `defaultBackend` or `rules` must be specified"
        return [invalid("spec", spec.get("rules"), why)]
    found: list[Cause] = []
    if section(spec, "defaultBackend"):
        found += _backend_faults(section(spec, "defaultBackend"), "spec.defaultBackend")
    for at, rule in enumerate(objects(spec, "rules")):
        found += _host_faults(text(rule, "host"), f"spec.rules[{at}].host")
        found += _http_faults(rule, f"spec.rules[{at}].http")
    for at, secured in enumerate(objects(spec, "tls")):
        for index, host in enumerate(strings(secured, "hosts")):
            found += _host_faults(host, f"spec.tls[{at}].hosts[{index}]")
    return found


def _http_faults(rule: Object, where: str) -> Iterator[Cause]:
    paths = objects(rule, "http", "paths")
    if "http" in rule and not paths:
        yield required(f"{where}.paths")
    for index, path in enumerate(paths):
        yield from _path_faults(path, f"{where}.paths[{index}]")


def _host_faults(host: str, path: str) -> Iterator[Cause]:
    name = host.removeprefix("*.")
    yield from (invalid(path, host, why) for why in (naming.subdomain(name) if host else []))


def _path_faults(path: Object, where: str) -> Iterator[Cause]:
    kind, name = text(path, "pathType"), text(path, "path")
    if not kind:
        yield required(f"{where}.pathType", "pathType must be specified")
        return
    may_be_empty = kind == "ImplementationSpecific" and not name
    if kind not in _PATH_TYPES:
        yield unsupported(f"{where}.pathType", kind, _PATH_TYPES)
    elif not may_be_empty and not name.startswith("/"):
        yield invalid(f"{where}.path", name, "must be an absolute path")
    yield from _backend_faults(section(path, "backend"), f"{where}.backend")


def _backend_faults(backend: Object, where: str) -> Iterator[Cause]:
    if "service" in backend and "resource" in backend:
        yield invalid(where, "", "cannot set both resource and service backends")
    elif "service" in backend:
        yield from _service_faults(section(backend, "service"), where)
    elif "resource" not in backend:
        yield invalid(where, "", "resource or service backend is required")


def _service_faults(service: Object, where: str) -> Iterator[Cause]:
    name, port = text(service, "name"), section(service, "port")
    if not name:
        yield required(f"{where}.service.name")
    else:
        yield from (invalid(f"{where}.service.name", name, why) for why in naming.label(name))
    if port.get("name") and port.get("number"):
        yield invalid(where, "", "cannot set both port name & port number")
    elif port.get("name") or port.get("number"):
        which = "name" if port.get("name") else "number"
        yield from port_faults(port[which], f"{where}.service.port.{which}")
    else:
        yield required(where, "port name or number is required")


def _check_policy(new: Object, old: Object | None) -> list[Cause]:
    spec, found = section(new, "spec"), list[Cause]()
    for family, peers in (("ingress", "from"), ("egress", "to")):
        for index, rule in enumerate(objects(spec, family)):
            found += _rule_faults(rule, f"spec.{family}[{index}]", peers)
    for index, kind in enumerate(strings(spec, "policyTypes")):
        if kind not in _POLICY_TYPES:
            found.append(unsupported(f"spec.policyTypes[{index}]", kind, _POLICY_TYPES))
    return found


def _rule_faults(rule: Object, where: str, peers: str) -> Iterator[Cause]:
    for index, port in enumerate(objects(rule, "ports")):
        path = f"{where}.ports[{index}]"
        if text(port, "protocol") not in _PROTOCOLS:
            yield unsupported(f"{path}.protocol", port.get("protocol"), _PROTOCOLS)
        if port.get("port") is not None:
            yield from port_faults(port["port"], f"{path}.port")
    for index, peer in enumerate(objects(rule, peers)):
        if not {"podSelector", "namespaceSelector", "ipBlock"} & peer.keys():
            yield required(f"{where}.{peers}[{index}]", "must specify a peer")


def _default_policy(new: Object) -> None:
    spec = part(new, "spec")
    if not spec.get("policyTypes"):
        spec["policyTypes"] = ["Ingress", "Egress"] if objects(spec, "egress") else ["Ingress"]
    for rule in objects(spec, "ingress") + objects(spec, "egress"):
        for port in objects(rule, "ports"):
            port.setdefault("protocol", "TCP")


INGRESS = Strategy(prepare=_prepare_ingress, check=_check_ingress)


def _default_class(new: Object) -> None:
    if section(new, "spec", "parameters"):
        part(new, "spec", "parameters").setdefault("scope", "Cluster")


def _check_class(new: Object, old: Object | None) -> list[Cause]:
    return immutable(new, old, "spec.controller")


def _default_endpoints(new: Object) -> None:
    for subset in objects(new, "subsets"):
        for port in objects(subset, "ports"):
            port.setdefault("protocol", "TCP")


def _default_slice(new: Object) -> None:
    for port in objects(new, "ports"):
        port.setdefault("name", "")
        port.setdefault("protocol", "TCP")


NETWORK_POLICY = Strategy(_default_policy, check=_check_policy)
INGRESS_CLASS = Strategy(_default_class, check=_check_class)
ENDPOINTS = Strategy(_default_endpoints)
ENDPOINT_SLICE = Strategy(_default_slice)
