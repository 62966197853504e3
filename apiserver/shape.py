"""Whether what a client sent is an object of the kind at all, and how to tell where it is not."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

from apiserver.go_json import go_json
from apiserver.refusal import Cause, Refusal, bad_request, invalid, unreadable_patch
from apiserver.resource import Resource
from apiserver.value import Object, text

Form = Literal["whole", "patch", "apply"]
"""What a client sent: a whole object, a patch of any kind but apply, or a configuration."""


def undecodable(content: Object, resource: Resource, form: Form, why: str) -> Refusal:
    """The refusal of what Go cannot read as the kind; `why` in Go's words. Whoever sent the whole
    object is told otherwise than who sent a part of it."""
    if form == "apply":
        name = f"/{text(content, 'metadata', 'name')}"
        kind = f"{resource.group}/{resource.version}, Kind={resource.kind}"
        return Refusal(
            500,
            "",
            f"failed to convert new object ({name}; {kind}) to proper version: unable to "
            f"convert unstructured object to {kind}: error decoding from json: {why}",
        )
    if form == "patch":
        return unreadable_patch(go_json(content), why)
    return bad_request(
        f'{resource.kind} in version "{resource.version}" cannot be handled as a '
        f"{resource.kind}: {why}"
    )


def check_type(content: Object, resource: Resource, form: Form) -> None:
    """Fill in a built-in's apiVersion and kind. Raises a 400 or 422 where the object is of another
    kind, or a custom resource does not say its own."""
    if resource.is_custom:
        return _check_custom_type(content, resource)
    api_version = content["apiVersion"] = content.get("apiVersion") or resource.api_version
    kind = content["kind"] = content.get("kind") or resource.kind
    if (api_version, kind) == (resource.api_version, resource.kind):
        return None
    version, why = str(api_version).rpartition("/")[2], f"it is not of {resource.api_version}"
    if form == "patch":
        raise unreadable_patch(go_json(content), f"{why} {resource.kind}")
    raise bad_request(
        f'{kind} in version "{version}" cannot be handled as a {resource.kind}: '
        f"{why} {resource.kind}"
    )


def _check_custom_type(content: Object, resource: Resource) -> None:
    api_version, kind = text(content, "apiVersion"), text(content, "kind")
    if not kind or not api_version:
        missing = "Kind" if not kind else "apiVersion"
        raise bad_request(
            f"the object provided is unrecognized (must be of type {resource.kind}): "
            f"Object '{missing}' is missing"
        )
    if api_version != resource.api_version:
        raise bad_request(
            f"the API version in the data ({api_version}) does not match the expected API version "
            f"({resource.api_version})"
        )
    if kind != resource.kind:
        told = f'Invalid value: "{kind}": must be {resource.kind}'
        cause = Cause("kind", "FieldValueInvalid", told)
        raise invalid(replace(resource, kind=kind), text(content, "metadata", "name"), [cause])
