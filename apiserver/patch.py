"""The patch types: from a live object and a patch to the object that the client wants."""

from __future__ import annotations

from typing import cast

from apiserver import json_patch, merge_patch, strategic_patch
from apiserver.body import media_type, parse
from apiserver.refusal import Refusal, unsupported_media
from apiserver.resource import Resource
from apiserver.schema import Node
from apiserver.value import Object, copy_of

JSON_PATCH = "application/json-patch+json"
MERGE_PATCH = "application/merge-patch+json"
STRATEGIC_PATCH = "application/strategic-merge-patch+json"
APPLY_PATCH = "application/apply-patch+yaml"
_FORMS = (JSON_PATCH, MERGE_PATCH, STRATEGIC_PATCH, APPLY_PATCH)


def form_of(content_type: str, resource: Resource) -> str:
    """The type of a patch. Raises a 415; custom resources have no strategic merge."""
    allowed = [each for each in _FORMS if each != STRATEGIC_PATCH or not resource.is_custom]
    form = media_type(content_type)
    if form in _FORMS and form not in allowed:
        raise unsupported_media(allowed)
    if form not in allowed:
        raise Refusal(415, "UnsupportedMediaType", "415: Unsupported Media Type", {})
    return form


def patched(live: Object, data: bytes, form: str, node: Node) -> Object:
    """The live object with a patch of any form but apply carried out. Raises a 400 or 422."""
    patch = parse(data, form)
    document = copy_of(live)
    if form == JSON_PATCH:
        return json_patch.apply(document, patch)
    if not isinstance(patch, dict):
        raise json_patch.undecodable(patch, "map[string]interface {}")
    if form == MERGE_PATCH:
        return merge_patch.apply(document, cast("Object", patch))
    return strategic_patch.apply(document, cast("Object", patch), node)
