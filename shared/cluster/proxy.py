"""Which HTTP proxy the environment wants for a URL, by the rules of Go's clients. Pure.

Go takes address ranges in NO_PROXY, Python's own reader does not: a pod with NO_PROXY=10.0.0.0/8
would send the requests to its own API server through the proxy.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from urllib.parse import urlsplit


def proxy_for(url: str, environment: Mapping[str, str]) -> str:
    """The URL of the proxy for `url`; empty where there is none."""
    parts = urlsplit(url)
    proxy = _variable(environment, f"{parts.scheme}_proxy")
    if not proxy or _is_exempt(parts.hostname or "", parts.port, environment):
        return ""
    return proxy if "://" in proxy else f"http://{proxy}"


def _variable(environment: Mapping[str, str], name: str) -> str:
    return environment.get(name.upper()) or environment.get(name) or ""


def _is_exempt(host: str, port: int | None, environment: Mapping[str, str]) -> bool:
    address = _address(host)
    if host == "localhost" or (address and address.is_loopback):
        return True
    rules = (rule.strip().lower() for rule in _variable(environment, "no_proxy").split(","))
    return any(rule and _fits(rule, host.lower(), port) for rule in rules)


def _fits(rule: str, host: str, port: int | None) -> bool:
    if rule == "*":
        return True
    if "/" in rule:
        return _in_range(rule, host)
    name, colon, wanted = rule.rpartition(":")
    if colon and ":" not in name and wanted.isdigit():
        if int(wanted) != port:
            return False
        rule = name
    rule = rule.removeprefix("*")
    return host == rule or host.endswith(rule if rule.startswith(".") else f".{rule}")


def _in_range(rule: str, host: str) -> bool:
    address = _address(host)
    try:
        return address is not None and address in ipaddress.ip_network(rule, strict=False)
    except ValueError:
        return False


def _address(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None
