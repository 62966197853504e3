"""Files that configure kustomize, read as sigs.k8s.io/yaml does: one document, YAML 1.1."""

from __future__ import annotations

from kustomize.problem import BuildError
from shared.manifest.composition import documents
from shared.manifest.document_error import DocumentError
from shared.manifest.reading_rule import CONFIGURATION


def read_first(content: bytes, path: str, doing: str = "") -> object:
    """The value of the first document, None for an empty file; Go's decoders stop after it.

    `doing` is told before what went wrong. Raises BuildError.
    """
    return first_of(content, path, doing)[0]


def first_of(content: bytes, path: str, doing: str = "") -> tuple[object, int]:
    """The value of the first document, and the line of the second: 0 where there is none."""
    try:
        found = documents(content, path=path, rules=CONFIGURATION)
    except DocumentError as error:
        prefix = f"{doing}: " if doing else ""
        raise BuildError(f"{prefix}{error.message}", path=path, line=error.line) from error
    return found[0].value if found else None, found[1].line if len(found) > 1 else 0
