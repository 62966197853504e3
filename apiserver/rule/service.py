"""Services: addresses and node ports are given by the server and stay."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator

from apiserver import naming
from apiserver.cause import duplicate, forbidden, invalid, required, unsupported
from apiserver.cluster import Cluster
from apiserver.metadata_check import label_faults
from apiserver.refusal import Cause
from apiserver.rule.container_check import PROTOCOLS, port_faults
from apiserver.strategy import Strategy
from apiserver.value import Object, number, objects, part, same, section, strings, text

SHELF = ("", "services")
_NETWORK = ipaddress.ip_network("10.96.0.0/12")
_NODE_PORTS = range(30000, 32768)
_WITH_NODE_PORTS = ("NodePort", "LoadBalancer")
_AFFINITIES = ("ClientIP", "None")
_POLICIES = ("Cluster", "Local")
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
    if _is_reached_from_outside(spec):
        spec.setdefault("externalTrafficPolicy", "Cluster")
    if kind == "LoadBalancer":
        spec.setdefault("allocateLoadBalancerNodePorts", True)


def _prepare(cluster: Cluster, new: Object, old: Object | None) -> None:
    spec, before = part(new, "spec"), section(old, "spec")
    if old is None:
        new["status"] = {"loadBalancer": {}}
    if text(spec, "type") == "ExternalName":
        if text(spec, "clusterIP"):
            spec.setdefault("clusterIPs", [spec["clusterIP"]])
        if before:
            _forget_address(spec, before)
        return
    _drop_node_ports(spec, before)
    _keep_address(spec, before)
    _give_address(cluster, spec)
    if text(spec, "type") in _WITH_NODE_PORTS:
        _give_node_ports(cluster, spec, before)


def _keep_address(spec: Object, before: Object) -> None:
    """A client that sends its own manifest again does not know what was filled in."""
    is_other = bool(text(spec, "clusterIP")) and spec["clusterIP"] != before.get("clusterIP")
    if is_other and same(spec.get("clusterIPs"), before.get("clusterIPs")):
        # Who changes the one and not the other means the one.
        spec.pop("clusterIPs", None)
    for key in ("clusterIP", "clusterIPs", "ipFamilies", "ipFamilyPolicy"):
        if not spec.get(key) and key in before and not (is_other and key == "clusterIPs"):
            spec[key] = before[key]


def _forget_address(spec: Object, before: Object) -> None:
    """A Service that becomes external gives back what it had."""
    for key in ("clusterIP", "clusterIPs", "ipFamilies", "ipFamilyPolicy", "internalTrafficPolicy"):
        if same(spec.get(key), before.get(key)):
            spec.pop(key, None)


def _drop_node_ports(spec: Object, before: Object) -> None:
    """A Service that needs them no longer gives back its node ports."""
    was, is_now = text(before, "type"), text(spec, "type")
    if was not in _WITH_NODE_PORTS or is_now in _WITH_NODE_PORTS:
        return
    known = {number(port, "nodePort") for port in objects(before, "ports")}
    for port in objects(spec, "ports"):
        if number(port, "nodePort") in known:
            port.pop("nodePort", None)
    if same(spec.get("externalTrafficPolicy"), before.get("externalTrafficPolicy")):
        spec.pop("externalTrafficPolicy", None)


def _give_address(cluster: Cluster, spec: Object) -> None:
    address = text(spec, "clusterIP") or next(iter(strings(spec, "clusterIPs")), "")
    spec["clusterIP"] = address or _free_address(cluster)
    if not strings(spec, "clusterIPs"):
        spec["clusterIPs"] = [spec["clusterIP"]]
    if spec["clusterIP"] == "None" and not section(spec, "selector"):
        spec.setdefault("ipFamilyPolicy", "RequireDualStack")
        spec.setdefault("ipFamilies", ["IPv4", "IPv6"])
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
    is_local = text(spec, "externalTrafficPolicy") == "Local"
    if is_local and text(spec, "type") == "LoadBalancer":
        fresh = next(each for each in _NODE_PORTS if each not in taken)
        spec.setdefault("healthCheckNodePort", number(before, "healthCheckNodePort") or fresh)


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
    if not objects(spec, "ports") and not _is_headless(spec) and kind != "ExternalName":
        found.append(required("spec.ports"))
    if kind == "ExternalName":
        found += _external_faults(spec)
    elif kind in _WITH_NODE_PORTS and _is_headless(spec):
        why = f"may not be set to 'None' for {kind} services"
        found.append(invalid("spec.clusterIPs[0]", "None", why))
    found += _port_faults(objects(spec, "ports"))
    found += label_faults(section(spec, "selector"), "spec.selector")
    if text(spec, "sessionAffinity") not in _AFFINITIES:
        affinity = text(spec, "sessionAffinity")
        found.append(unsupported("spec.sessionAffinity", affinity, _AFFINITIES))
    found += _address_faults(spec, section(old, "spec"))
    found += _external_address_faults(strings(spec, "externalIPs"))
    if kind not in _TYPES:
        found.append(unsupported("spec.type", kind, _TYPES))
    found += _node_port_faults(spec)
    found += _repeated_ports(objects(spec, "ports"))
    return found + list(_traffic_faults(spec))


def _is_headless(spec: Object) -> bool:
    return text(spec, "clusterIP") == "None"


def _external_faults(spec: Object) -> Iterator[Cause]:
    for key in ("clusterIPs", "ipFamilies", "ipFamilyPolicy"):
        if spec.get(key):
            yield forbidden(f"spec.{key}", "may not be set for ExternalName services")
    name = text(spec, "externalName").removesuffix(".")
    if not name:
        yield required("spec.externalName")
    else:
        yield from (invalid("spec.externalName", name, why) for why in naming.subdomain(name))


def _node_port_faults(spec: Object) -> Iterator[Cause]:
    for index, port in enumerate(objects(spec, "ports")):
        if text(spec, "type") == "ClusterIP" and number(port, "nodePort"):
            why = "may not be used when `type` is 'ClusterIP'"
            yield forbidden(f"spec.ports[{index}].nodePort", why)


def _traffic_faults(spec: Object) -> Iterator[Cause]:
    policy, where = text(spec, "externalTrafficPolicy"), "spec.externalTrafficPolicy"
    if not _is_reached_from_outside(spec):
        if policy:
            yield invalid(where, policy, "may only be set for externally-accessible services")
    elif policy not in _POLICIES:
        yield unsupported(where, policy, _POLICIES)


def _is_reached_from_outside(spec: Object) -> bool:
    kind = text(spec, "type")
    return kind in _WITH_NODE_PORTS or (kind == "ClusterIP" and bool(spec.get("externalIPs")))


def _external_address_faults(addresses: list[str]) -> Iterator[Cause]:
    for index, each in enumerate(addresses):
        if not _is_address(each):
            has_zeros = any(part[:1] == "0" and part != "0" for part in each.split("."))
            why = "must not have leading 0s" if has_zeros else _NO_ADDRESS
            yield invalid(f"spec.externalIPs[{index}]", each, why)


_NO_ADDRESS = "must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)"


def _port_faults(ports: list[Object]) -> Iterator[Cause]:
    names: set[str] = set()
    for index, port in enumerate(ports):
        path, name = f"spec.ports[{index}]", text(port, "name")
        if not name and len(ports) > 1:
            yield required(f"{path}.name")
        elif name:
            yield from (invalid(f"{path}.name", name, why) for why in naming.label(name))
            if name in names:
                yield duplicate(f"{path}.name", name)
        names.add(name)
        value = number(port, "port")
        yield from (invalid(f"{path}.port", value, why) for why in naming.port_number(value))
        if text(port, "protocol") not in PROTOCOLS:
            yield unsupported(f"{path}.protocol", port.get("protocol"), PROTOCOLS)
        yield from port_faults(port.get("targetPort"), f"{path}.targetPort")


def _repeated_ports(ports: list[Object]) -> Iterator[Cause]:
    known: set[tuple[int, str]] = set()
    for index, port in enumerate(ports):
        if _identity(port) in known:
            # The real server shows the part that it compares, as Go holds it.
            shown: Object = {"Name": "", "Protocol": text(port, "protocol"), "AppProtocol": None,
                "Port": number(port, "port"), "TargetPort": 0, "NodePort": 0}  # fmt: skip
            yield duplicate(f"spec.ports[{index}]", shown)
        known.add(_identity(port))


def _address_faults(spec: Object, before: Object) -> list[Cause]:
    address = text(spec, "clusterIP")
    if address not in ("", "None") and not _is_address(address):
        return [invalid("spec.clusterIPs[0]", address, _NO_ADDRESS)]
    had, has = strings(before, "clusterIPs"), strings(spec, "clusterIPs")
    if "ExternalName" in (text(before, "type"), text(spec, "type")) or not had or had == has:
        return []
    return [invalid("spec.clusterIPs[0]", has, "may not change once set")]


def _is_address(word: str) -> bool:
    try:
        ipaddress.ip_address(word)
    except ValueError:
        return False
    return True


SERVICE = Strategy(_default, _prepare, _check)
