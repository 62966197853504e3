"""Objects from the text of a resource or patch file, lists of objects opened."""

from __future__ import annotations

import re
from collections import deque
from typing import cast

from kustomize.marks import adopt
from kustomize.metadata import make_texts
from kustomize.problem import BuildError
from kustomize.resource import Resource
from kustomize.resources import MOST_OBJECTS
from kustomize.scalar import RESOURCE, is_empty, is_null, plain, scalar_text, text_of
from kustomize.scope import Scope
from shared.manifest.composition import Document, documents
from shared.manifest.document_error import DocumentError
from shared.manifest.identity import Manifest

_SEPARATOR = re.compile(rb"\n(---[ \t\r\v\f]*[^#\s][^\n]*)(?=\n)")
_PARTS = re.compile(rb"\n---[^\n]*\n")


def resources_of(text: bytes, path: str, scope: Scope) -> list[Resource]:
    """The objects of a text, in order; what is in lists comes behind. `path` is for errors.

    Raises BuildError for texts that are not YAML and for things that are not objects.
    """
    _check_separators(text, path)
    try:
        found = documents(text, path=path, rules=RESOURCE)
    except DocumentError as error:
        raise BuildError(
            f"MalformedYAMLError: {error.message} in File: {path}", path=path, line=error.line
        ) from error
    waiting = deque(_checked(document, path) for document in found if not is_empty(document.value))
    if len(waiting) == 1 and not _PARTS.search(text):
        _spell_annotations(waiting[0])
    result: list[Resource] = []
    while waiting:
        manifest = waiting.popleft()
        items = _items(manifest, path)
        if items is None:
            resource = Resource(manifest, scope)
            adopt(resource)
            result.append(resource)
        else:
            waiting.extend(items)
        if len(waiting) + len(result) > MOST_OBJECTS:
            raise BuildError(f"has more than {MOST_OBJECTS} objects", path=path)
    return result


def _check_separators(text: bytes, path: str) -> None:
    """kustomize parts a text by its lines, and lets nothing but a comment stand behind `---`."""
    found = _SEPARATOR.search(text)
    if found is not None:
        line = text.count(b"\n", 0, found.start()) + 2
        separator = found[1].decode(errors="replace").strip()[:80]
        raise BuildError(f"invalid document separator: {separator}", path=path, line=line)


def _checked(document: Document, path: str) -> Manifest:
    """The document as an object: it has a kind, and a name unless it is a list."""
    value, line = document
    if not isinstance(value, dict) or not any(
        not is_empty(value.get(field)) for field in ("apiVersion", "kind", "metadata")
    ):
        raise BuildError("missing Resource metadata", path=path, line=line)
    metadata = value.get("metadata")
    if not isinstance(metadata, dict) and not is_null(metadata):
        raise BuildError("metadata is not a mapping", path=path, line=line)
    kind = scalar_text(value.get("kind", ""))
    name = metadata.get("name") if isinstance(metadata, dict) else None
    what = f"{text_of(value.get('apiVersion', ''))} {kind} {text_of(name or '')}".strip()
    if not kind:
        raise BuildError(f"missing kind in object {{{what}}}", path=path, line=line)
    if not kind.endswith("List") and (is_empty(name) or not text_of(name)):
        raise BuildError(f"missing metadata.name in object {{{what}}}", path=path, line=line)
    return cast("Manifest", value)


def _spell_annotations(manifest: Manifest) -> None:
    """The objects of a List (not of a ConfigMapList) that has a file of its own pass through JSON,
    but for their annotations: kustomize has numbered the objects among these by then."""
    items = manifest.get("items") if text_of(manifest["kind"]) == "List" else None
    for item in items if isinstance(items, list) else ():
        if isinstance(item, dict):
            make_texts(item, "annotations")


def _items(manifest: Manifest, path: str) -> list[Manifest] | None:
    """What is in a list; None for what is not one (a kind may be called `AllowList`)."""
    kind = text_of(manifest["kind"])
    if not kind.endswith("List") or "items" not in manifest:
        return None
    items = plain(manifest["items"])
    if items is None:
        return []
    if not isinstance(items, list):
        raise BuildError(f"expected array in {kind}/items", path=path)
    return [_checked(Document(item, 0), path) for item in items if not is_empty(item)]
