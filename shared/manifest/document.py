"""YAML and JSON texts to manifests and back, as kustomize and the API server understand them.

`parse` follows yaml.v3 (manifests) or, with `CONFIGURATION`, sigs.k8s.io/yaml (YAML 1.1 as JSON);
`dump` prints what `kustomize build` would.
"""

from __future__ import annotations

from collections.abc import Iterable

from shared.manifest.composition import documents
from shared.manifest.document_error import DocumentError
from shared.manifest.emission import emitted
from shared.manifest.identity import Manifest
from shared.manifest.reading_rule import CONFIGURATION, MANIFEST, Rules

__all__ = ["CONFIGURATION", "MANIFEST", "DocumentError", "Rules", "dump", "parse"]


def parse(text: bytes, *, path: str, rules: Rules = MANIFEST) -> list[Manifest]:
    """The objects of a YAML stream or a JSON text; documents without content are left out.

    `path` says in errors where the text came from. Raises DocumentError for what is not YAML, not
    an object, repeats a key (as `rules` say), or goes beyond the limits of `composition.py`.
    """
    manifests: list[Manifest] = []
    for document in documents(text, path=path, rules=rules):
        if not isinstance(document.value, dict):
            raise DocumentError("is not an object", path=path, line=document.line)
        manifests.append(document.value)
    return manifests


def dump(manifests: Iterable[Manifest]) -> bytes:
    """Manifests as a YAML stream, keys sorted, `---` between documents; nothing for none.

    Raises DocumentError where a value has no form in YAML (control characters, NaN).
    """
    try:
        return "---\n".join(map(emitted, manifests)).encode()
    except ValueError as error:
        raise DocumentError(str(error), path="") from error
    except RecursionError as error:
        raise DocumentError("an object is nested too deep", path="") from error
