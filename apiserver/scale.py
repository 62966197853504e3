"""The scale subresource: a Scale of `autoscaling/v1` made of an object, and put back into it."""

from __future__ import annotations

from dataclasses import replace

from apiserver import refusal
from apiserver.cause import invalid
from apiserver.resource import Resource, ScalePaths
from apiserver.selector import selector_text
from apiserver.value import Object, at, number, part, section, text


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
        "spec": _count(at(content, *_path(paths.spec)) or 0, resource),
        "status": status,
    }


def require_count(resource: Resource, content: Object) -> None:
    """Raises a 500, as the real server has it, for a custom resource that says no number of
    replicas and whose Scale is read."""
    path = _paths(resource).spec
    if not resource.is_custom or at(content, *_path(path)) is not None:
        return
    why = f'the spec replicas field "{path}" does not exist'
    message = f"Internal error occurred: {why}"
    raise refusal.Refusal(500, "InternalError", message, {"causes": [{"message": why}]})


def _count(replicas: object, resource: Resource) -> Object:
    """Go leaves out a zero."""
    return {"replicas": replicas} if replicas or resource.is_custom else {}


def _selector(content: Object, paths: ScalePaths) -> str:
    if not paths.selector:
        return ""
    found = at(content, *_path(paths.selector))
    if isinstance(found, str):
        return found
    selector = section(content, *_path(paths.selector))
    is_plain = selector and not selector.keys() & {"matchLabels", "matchExpressions"}
    return selector_text({"matchLabels": selector} if is_plain else selector)


def _negative(resource: Resource, name: str, replicas: int) -> refusal.Refusal:
    """422: told of the object where it is a custom resource, of the Scale elsewhere."""
    if resource.is_custom:
        why = "should be a non-negative integer"
        return refusal.invalid(resource, name, [invalid(_paths(resource).spec, replicas, why)])
    fault = invalid("spec.replicas", replicas, "must be greater than or equal to 0")
    return refusal.invalid(replace(resource, group="autoscaling", kind="Scale"), name, [fault])


def put(resource: Resource, content: Object, scale: Object) -> Object:
    """The object with the replicas of a Scale; and its resourceVersion, as the optimistic lock.
    Raises a 422 for fewer than none."""
    paths, replicas = _paths(resource), number(scale, "spec", "replicas")
    if replicas < 0:
        raise _negative(resource, text(content, "metadata", "name"), replicas)
    *parents, last = _path(paths.spec)
    part(content, *parents)[last] = replicas
    # An object that must say what it is written on top of does so by its Scale, if that does.
    version = text(scale, "metadata", "resourceVersion")
    if version:
        part(content, "metadata")["resourceVersion"] = version
    return content
