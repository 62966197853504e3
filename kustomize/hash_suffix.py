"""The hash behind the names of generated objects, identical to kustomize's."""

from __future__ import annotations

import json
from hashlib import sha256

from kustomize.metadata import set_name
from kustomize.resources import Resources
from kustomize.scalar import copied, plain, text_of
from shared.manifest.identity import Manifest

_LENGTH = 10
_SIGNS = str.maketrans("013ae", "ghkmt")
"""Some hexadecimal digits are other signs, so that no bad words come out."""
_HTML = {"<": "\\u003c", ">": "\\u003e", "&": "\\u0026", "\u2028": "\\u2028", "\u2029": "\\u2029"}


def add_hashes(resources: Resources) -> None:
    """Puts the hash of its contents behind the name of each object that wants one."""
    for resource in resources:
        if resource.hashed:
            resource.remember()
            set_name(resource.manifest, f"{resource.name}-{hash_of(resource.manifest)}")
    resources.renamed()


def hash_of(manifest: Manifest) -> str:
    """Ten letters and digits that stand for data and type. Names, labels and `immutable` do not
    count: kustomize looks for the name in a place where it never is."""
    kind = text_of(manifest.get("kind", ""))
    fields = {"ConfigMap": ("binaryData",), "Secret": ("stringData",)}.get(kind)
    if fields is None:
        content = manifest
    else:
        content = {"kind": kind, "name": "", "data": _value(manifest, "data")}
        if kind == "Secret":
            content["type"] = _value(manifest, "type")
        content.update(
            {f: _value(manifest, f) for f in fields if isinstance(manifest.get(f), dict)}
        )
    return sha256(go_json(content).encode()).hexdigest()[:_LENGTH].translate(_SIGNS)


def _value(manifest: Manifest, field: str) -> object:
    value = manifest.get(field, "")
    return plain(copied(value)) if isinstance(value, dict | list) else text_of(value)


def go_json(value: object) -> str:
    """Compact JSON with sorted keys as Go writes it, safe for HTML."""
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return html_safe(text)


def html_safe(text: str) -> str:
    """JSON with the signs escaped that mean something in HTML."""
    for sign, escape in _HTML.items():
        if sign in text:
            text = text.replace(sign, escape)
    return text
