"""The scale subresource: a Scale of `autoscaling/v1` made of an object, and put back into it."""

from __future__ import annotations

from apiserver.resource import Resource, ScalePaths
from apiserver.selector import selector_text
from apiserver.value import Object, at, part, section, text


def _path(dotted: str) -> list[str]:
    return dotted.lstrip(".").split(".")


def _paths(resource: Resource) -> ScalePaths:
    return resource.traits.scale or ScalePaths()


def of(resource: Resource, content: Object) -> Object:
    """The Scale of an object."""
    paths, metadata = _paths(resource), section(content, "metadata")
    kept = ("name", "namespace", "uid", "resourceVersion", "creationTimestamp")
    status: Object = {"replicas": at(content, *_path(paths.status)) or 0}
    if selector := _selector(content, paths):
        status["selector"] = selector
    return {
        "kind": "Scale",
        "apiVersion": "autoscaling/v1",
        "metadata": {key: metadata[key] for key in kept if key in metadata},
        "spec": {"replicas": at(content, *_path(paths.spec)) or 0},
        "status": status,
    }


def _selector(content: Object, paths: ScalePaths) -> str:
    if not paths.selector:
        return ""
    found = at(content, *_path(paths.selector))
    if isinstance(found, str):
        return found
    selector = section(content, *_path(paths.selector))
    is_plain = selector and not selector.keys() & {"matchLabels", "matchExpressions"}
    return selector_text({"matchLabels": selector} if is_plain else selector)


def put(resource: Resource, content: Object, scale: Object) -> Object:
    """The object with the replicas of a Scale; and its resourceVersion, as the optimistic lock."""
    *parents, last = _path(_paths(resource).spec)
    part(content, *parents)[last] = at(scale, "spec", "replicas") or 0
    version = text(scale, "metadata", "resourceVersion")
    part(content, "metadata")["resourceVersion"] = version
    return content
