"""Services, and the ways to them."""

from __future__ import annotations

from datetime import datetime

from apiserver.printer.column import Printer, age, columns, name, word
from apiserver.selector import selector_text
from apiserver.value import Object, number, objects, section, strings, text


def _service(content: Object, now: datetime) -> list[object]:
    spec = section(content, "spec")
    address = text(spec, "clusterIP") or "<none>"
    selector = selector_text({"matchLabels": section(spec, "selector")}) or "<none>"
    kind = text(spec, "type")
    return [name(content), kind, address, _external(content), _ports(spec), age(content, now),
        selector]  # fmt: skip


def _external(content: Object) -> str:
    spec = section(content, "spec")
    if text(spec, "type") == "ExternalName":
        return text(spec, "externalName")
    found = _ingress_points(content) + strings(spec, "externalIPs")
    if found:
        return ",".join(found)
    return "<pending>" if text(spec, "type") == "LoadBalancer" else "<none>"


def _ingress_points(content: Object) -> list[str]:
    points = objects(content, "status", "loadBalancer", "ingress")
    return [text(each, "ip") or text(each, "hostname") for each in points]


def _ports(spec: Object) -> str:
    found = []
    for each in objects(spec, "ports"):
        node = number(each, "nodePort")
        port = f"{number(each, 'port')}:{node}" if node else str(number(each, "port"))
        found.append(f"{port}/{text(each, 'protocol') or 'TCP'}")
    return ",".join(found) or "<none>"


def _ingress(content: Object, now: datetime) -> list[object]:
    spec = section(content, "spec")
    hosts = [text(rule, "host") or "*" for rule in objects(spec, "rules")]
    shown = ",".join(hosts[:3]) + (f" + {len(hosts) - 3} more..." if len(hosts) > 3 else "")
    ports = "80, 443" if objects(spec, "tls") else "80"
    points = ",".join(_ingress_points(content))
    kind = text(spec, "ingressClassName") or "<none>"
    return [name(content), kind, shown or "*", points, ports, age(content, now)]


def _policy(content: Object, now: datetime) -> list[object]:
    selector = selector_text(section(content, "spec", "podSelector")) or "<none>"
    return [name(content), selector, age(content, now)]


MOST_SHOWN = 3


def _few(words: list[str]) -> str:
    """The first three, and how many more there are."""
    shown = ",".join(words[:MOST_SHOWN])
    more = len(words) - MOST_SHOWN
    return (f"{shown} + {more} more..." if more > 0 else shown) or "<none>"


def _endpoints(content: Object, now: datetime) -> list[object]:
    found = [
        f"{text(address, 'ip')}:{number(port, 'port')}"
        for subset in objects(content, "subsets")
        for port in objects(subset, "ports")
        for address in objects(subset, "addresses")
    ]
    return [name(content), _few(found), age(content, now)]


def _slice(content: Object, now: datetime) -> list[object]:
    ports = [str(number(each, "port")) for each in objects(content, "ports")]
    addresses = [
        address for each in objects(content, "endpoints") for address in strings(each, "addresses")
    ]
    kind = text(content, "addressType")
    missing = "<unset>"
    found = [_few(each) if each else missing for each in (ports, addresses)]
    return [name(content), kind, *found, age(content, now)]


def _class(content: Object, now: datetime) -> list[object]:
    about = section(content, "spec", "parameters")
    target = ".".join(filter(None, [text(about, "kind"), text(about, "apiGroup")]))
    shown = f"{target}/{text(about, 'name')}" if about else "<none>"
    return [name(content), text(content, "spec", "controller"), shown, age(content, now)]


def _networks(content: Object, now: datetime) -> list[object]:
    return [name(content), ",".join(strings(content, "spec", "cidrs")), age(content, now)]


def _address(content: Object, now: datetime) -> list[object]:
    about = section(content, "spec", "parentRef")
    words = [text(about, key) for key in ("group", "resource", "namespace", "name")]
    return [name(content), word("/".join(filter(None, words)))]


SERVICE = Printer(columns("Name Type Cluster-IP External-IP Port(s) Age +Selector"), _service)
INGRESS = Printer(columns("Name Class Hosts Address Ports Age"), _ingress)
INGRESS_CLASS = Printer(columns("Name Controller Parameters Age"), _class)
POLICY = Printer(columns("Name Pod-Selector Age"), _policy)
ENDPOINTS = Printer(columns("Name Endpoints Age"), _endpoints)
SLICE = Printer(columns("Name AddressType Ports Endpoints Age"), _slice)
NETWORKS = Printer(columns("Name CIDRs Age"), _networks)
ADDRESS = Printer(columns("Name ParentRef"), _address)
