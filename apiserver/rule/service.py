"""Services: addresses and node ports are given by the server and stay."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator

from apiserver.cluster import Cluster
from apiserver.refusal import Cause
from apiserver.rule.fault import invalid, required, unsupported
from apiserver.strategy import Strategy
from apiserver.value import Object, number, objects, part, section, strings, text

SHELF = ("", "services")
_NETWORK = ipaddress.ip_network("10.96.0.0/12")
_NODE_PORTS = range(30000, 32768)
_WITH_NODE_PORTS = ("NodePort", "LoadBalancer")
_TYPES = ("ClusterIP", "ExternalName", "LoadBalancer", "NodePort")


def _default(new: Object) -> None:
    spec = part(new, "spec")
    kind = spec.setdefault("type", "ClusterIP")
    spec.setdefault("sessionAffinity", "None")
    if spec["sessionAffinity"] == "ClientIP":
        part(spec, "sessionAffinityConfig", "clientIP").setdefault("timeoutSeconds", 10800)
    for port in objects(spec, "ports"):
        port.setdefault("protocol", "TCP")
        port.setdefault("targetPort", port.get("port"))
    if kind != "ExternalName":
        spec.setdefault("internalTrafficPolicy", "Cluster")
    if kind in _WITH_NODE_PORTS:
        spec.setdefault("externalTrafficPolicy", "Cluster")
    if kind == "LoadBalancer":
        spec.setdefault("allocateLoadBalancerNodePorts", True)


def _prepare(cluster: Cluster, new: Object, old: Object | None) -> None:
    spec = part(new, "spec")
    if old is None:
        new["status"] = {"loadBalancer": {}}
    if text(spec, "type") == "ExternalName":
        return
    before = section(old, "spec")
    for key in ("clusterIP", "clusterIPs", "ipFamilies", "ipFamilyPolicy"):
        if not spec.get(key) and key in before:
            spec[key] = before[key]
    _give_address(cluster, spec)
    if text(spec, "type") in _WITH_NODE_PORTS:
        _give_node_ports(cluster, spec, before)


def _give_address(cluster: Cluster, spec: Object) -> None:
    address = text(spec, "clusterIP") or next(iter(strings(spec, "clusterIPs")), "")
    spec["clusterIP"] = address or _free_address(cluster)
    if not strings(spec, "clusterIPs"):
        spec["clusterIPs"] = [spec["clusterIP"]]
    spec.setdefault("ipFamilies", ["IPv4"])
    spec.setdefault("ipFamilyPolicy", "SingleStack")


def _free_address(cluster: Cluster) -> str:
    records = cluster.storage.shelf(SHELF).records.values()
    taken = {text(each.object, "spec", "clusterIP") for each in records}
    addresses = (str(each) for each in _NETWORK.hosts())
    return next(each for each in addresses if each not in taken)


def _give_node_ports(cluster: Cluster, spec: Object, before: Object) -> None:
    known = {_identity(port): number(port, "nodePort") for port in objects(before, "ports")}
    taken = set(_taken_ports(cluster))
    for port in objects(spec, "ports"):
        if not number(port, "nodePort"):
            free = (each for each in _NODE_PORTS if each not in taken)
            port["nodePort"] = known.get(_identity(port)) or next(free)
        taken.add(number(port, "nodePort"))


def _identity(port: Object) -> tuple[int, str]:
    return number(port, "port"), text(port, "protocol")


def _taken_ports(cluster: Cluster) -> Iterator[int]:
    for record in cluster.storage.shelf(SHELF).records.values():
        for port in objects(record.object, "spec", "ports"):
            yield number(port, "nodePort")


def _check(new: Object, old: Object | None) -> list[Cause]:
    spec = section(new, "spec")
    kind = text(spec, "type")
    found: list[Cause] = []
    if kind not in _TYPES:
        found.append(unsupported("spec.type", kind, _TYPES))
    is_headless = text(spec, "clusterIP") == "None"
    if not objects(spec, "ports") and not is_headless and kind != "ExternalName":
        found.append(required("spec.ports"))
    for index, port in enumerate(objects(spec, "ports")):
        if not 1 <= number(port, "port") <= 65535:
            why = "must be between 1 and 65535, inclusive"
            found.append(invalid(f"spec.ports[{index}].port", number(port, "port"), why))
        if len(objects(spec, "ports")) > 1 and not text(port, "name"):
            found.append(required(f"spec.ports[{index}].name"))
    return found + _address_faults(spec, section(old, "spec"))


def _address_faults(spec: Object, before: Object) -> list[Cause]:
    had, has = strings(before, "clusterIPs"), strings(spec, "clusterIPs")
    if "ExternalName" in (text(before, "type"), text(spec, "type")) or not had or had == has:
        return []
    return [invalid("spec.clusterIPs[0]", has, "may not change once set")]


SERVICE = Strategy(_default, _prepare, _check)
