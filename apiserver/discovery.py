"""Discovery: which groups, versions and resources there are, in both of its forms."""

from __future__ import annotations

import base64
import hashlib

from apiserver.registry import Group, Registry
from apiserver.resource import Resource
from apiserver.value import Object, text

_PART_VERBS = ["get", "patch", "update"]
_TOKEN_REQUEST = ("authentication.k8s.io", "v1", "TokenRequest")


def core_versions() -> Object:
    """`/api`."""
    return {
        "kind": "APIVersions",
        "versions": ["v1"],
        "serverAddressByClientCIDRs": [{"clientCIDR": "0.0.0.0/0", "serverAddress": ""}],
    }


def group_list(registry: Registry) -> Object:
    """`/apis`."""
    groups = [group_object(group) for group in registry.groups() if group.name]
    return {"kind": "APIGroupList", "apiVersion": "v1", "groups": groups}


def group_object(group: Group) -> Object:
    """`/apis/GROUP`, without its kind."""
    versions = [
        {"groupVersion": f"{group.name}/{version}", "version": version}
        for version in group.versions
    ]
    return {"name": group.name, "versions": versions, "preferredVersion": versions[0]}


def resource_list(registry: Registry, group: str, version: str) -> Object:
    """`/api/v1` and `/apis/GROUP/VERSION`."""
    resources: list[Object] = []
    for resource in registry.resources(group, version):
        resources.append(_resource(resource))
        resources.extend(_parts(resource))
    return {
        "kind": "APIResourceList",
        # The core group alone does not say it.
        **({"apiVersion": "v1"} if group else {}),
        "groupVersion": f"{group}/{version}" if group else version,
        "resources": resources,
    }


def _resource(resource: Resource) -> Object:
    found: Object = {
        "name": resource.plural,
        "singularName": resource.naming.singular,
        "namespaced": resource.namespaced,
        "kind": resource.kind,
        "verbs": list(resource.traits.verbs),
    }
    if resource.naming.short:
        found["shortNames"] = list(resource.naming.short)
    if resource.naming.categories:
        found["categories"] = list(resource.naming.categories)
    if resource.traits.verbs not in _UNSTORED:
        found["storageVersionHash"] = _storage_hash(resource)
    return found


_UNSTORED = (("create",), ("get", "list"))
_STORED_AS = {
    ("admissionregistration.k8s.io", "MutatingAdmissionPolicy"): "v1beta1",
    ("admissionregistration.k8s.io", "MutatingAdmissionPolicyBinding"): "v1beta1",
    ("apiextensions.k8s.io", "CustomResourceDefinition"): "v1beta1",
    ("autoscaling", "HorizontalPodAutoscaler"): "v2",
}


def _storage_hash(resource: Resource) -> str:
    """Tells clients when objects are kept in another version than before."""
    group, version = resource.group, resource.version
    if (group, resource.kind) == ("events.k8s.io", "Event"):
        group = ""
    version = _STORED_AS.get((group, resource.kind), version)
    name = "/".join((group, version, resource.kind))
    return base64.b64encode(hashlib.sha256(name.encode()).digest()[:8]).decode()


def _parts(resource: Resource) -> list[Object]:
    common: Object = {"singularName": "", "namespaced": resource.namespaced}
    found: list[Object] = []
    if resource.traits.scale:
        found.append(
            {
                **common,
                "name": f"{resource.plural}/scale",
                "group": "autoscaling",
                "version": "v1",
                "kind": "Scale",
                "verbs": _PART_VERBS,
            }
        )
    if resource.traits.status:
        name = f"{resource.plural}/status"
        found.append({**common, "name": name, "kind": resource.kind, "verbs": _PART_VERBS})
    if resource.kind == "Namespace" and not resource.group:
        name = f"{resource.plural}/finalize"
        found.append({**common, "name": name, "kind": resource.kind, "verbs": ["update"]})
    if _is_signed(resource):
        name = f"{resource.plural}/approval"
        found.append({**common, "name": name, "kind": resource.kind, "verbs": _PART_VERBS})
    if _issues_tokens(resource):
        told = dict(zip(("group", "version", "kind"), _TOKEN_REQUEST, strict=True))
        name = f"{resource.plural}/token"
        found.append({**common, **told, "name": name, "verbs": ["create"]})
    return sorted(found, key=lambda each: text(each, "name"))


def _issues_tokens(resource: Resource) -> bool:
    return resource.kind == "ServiceAccount" and not resource.group


def _is_signed(resource: Resource) -> bool:
    return resource.kind == "CertificateSigningRequest" and not resource.is_custom


def aggregated(registry: Registry, version: str, *, core: bool) -> Object:
    """`/api` or `/apis` with everything below it in one answer."""
    groups = [group for group in registry.groups() if (not group.name) == core]
    return {
        "kind": "APIGroupDiscoveryList",
        "apiVersion": f"apidiscovery.k8s.io/{version}",
        "metadata": {},
        "items": [_aggregated_group(registry, group) for group in groups],
    }


def _aggregated_group(registry: Registry, group: Group) -> Object:
    versions = [
        {
            "version": version,
            "freshness": "Current",
            "resources": [
                _aggregated_resource(each) for each in registry.resources(group.name, version)
            ],
        }
        for version in group.versions
    ]
    metadata: Object = {"name": group.name} if group.name else {}
    return {"metadata": metadata, "versions": versions}


def _kind(group: str, version: str, kind: str) -> Object:
    return {"group": group, "version": version, "kind": kind}


def _aggregated_resource(resource: Resource) -> Object:
    found: Object = {
        "resource": resource.plural,
        "responseKind": _response(resource),
        "scope": "Namespaced" if resource.namespaced else "Cluster",
        "singularResource": resource.naming.singular,
        "verbs": list(resource.traits.verbs),
    }
    if resource.naming.short:
        found["shortNames"] = list(resource.naming.short)
    if resource.naming.categories:
        found["categories"] = list(resource.naming.categories)
    if parts := _aggregated_parts(resource):
        found["subresources"] = parts
    return found


def _response(resource: Resource) -> Object:
    """The kind of the answers; built-in ones leave out what the place in the document says."""
    if resource.is_custom:
        return _kind(resource.group, resource.version, resource.kind)
    return _kind("", "", resource.kind)


def _aggregated_parts(resource: Resource) -> list[Object]:
    own = _response(resource)
    found: list[Object] = []
    if resource.traits.scale:
        kind = _kind("autoscaling", "v1", "Scale")
        found.append({"subresource": "scale", "responseKind": kind, "verbs": _PART_VERBS})
    if resource.traits.status:
        found.append({"subresource": "status", "responseKind": own, "verbs": _PART_VERBS})
    if resource.kind == "Namespace" and not resource.group:
        found.append({"subresource": "finalize", "responseKind": own, "verbs": ["update"]})
    if _is_signed(resource):
        found.append({"subresource": "approval", "responseKind": own, "verbs": _PART_VERBS})
    if _issues_tokens(resource):
        kind = _kind(*_TOKEN_REQUEST)
        found.append({"subresource": "token", "responseKind": kind, "verbs": ["create"]})
    return sorted(found, key=lambda each: text(each, "subresource"))
