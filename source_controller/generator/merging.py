"""YAML files merged as Helm merges values: mappings into one another, the rest replaced. Pure."""

from __future__ import annotations

from shared.manifest.document import CONFIGURATION, DocumentError, dump, parse
from shared.manifest.identity import Manifest
from shared.manifest.merging import merged
from source_controller.generator.problem import CompositionError


def merged_files(below: bytes, above: bytes, path: str) -> bytes:
    """The YAML of `above` merged over that of `below`. The documents of each are merged first.
    Raises CompositionError where one of them is no YAML of mappings; `path` is for that."""
    try:
        return dump([merged(_whole(below, path), _whole(above, path))])
    except DocumentError as problem:
        raise CompositionError(f"cannot be merged: {problem}") from None


def _whole(text: bytes, path: str) -> Manifest:
    whole: Manifest = {}
    for document in parse(text, path=path, rules=CONFIGURATION):
        whole = merged(whole, document)
    return whole
