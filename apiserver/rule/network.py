"""Ingresses and network policies."""

from __future__ import annotations

from apiserver.cluster import Cluster
from apiserver.refusal import Cause
from apiserver.rule.fault import invalid, required
from apiserver.strategy import Strategy
from apiserver.value import Object, objects, part, section, text


def _prepare_ingress(cluster: Cluster, new: Object, old: Object | None) -> None:
    if old is None:
        new["status"] = {"loadBalancer": {}}


def _check_ingress(new: Object, old: Object | None) -> list[Cause]:
    spec = section(new, "spec")
    if not objects(spec, "rules") and not section(spec, "defaultBackend"):
        return [invalid("spec", spec, "either `defaultBackend` or `rules` must be specified")]
    found = []
    for at, rule in enumerate(objects(spec, "rules")):
        for index, path in enumerate(objects(rule, "http", "paths")):
            if not text(path, "pathType"):
                where = f"spec.rules[{at}].http.paths[{index}].pathType"
                found.append(required(where, "pathType must be specified"))
    return found


def _default_policy(new: Object) -> None:
    spec = part(new, "spec")
    if not spec.get("policyTypes"):
        spec["policyTypes"] = ["Ingress", "Egress"] if objects(spec, "egress") else ["Ingress"]
    for rule in objects(spec, "ingress") + objects(spec, "egress"):
        for port in objects(rule, "ports"):
            port.setdefault("protocol", "TCP")


INGRESS = Strategy(prepare=_prepare_ingress, check=_check_ingress)
NETWORK_POLICY = Strategy(_default_policy)
