"""Annotations that kustomize keeps for itself.

We keep that knowledge beside the object. Where a file brings such annotations along (the output of
another tool may), they count as in kustomize; they are taken off in the end, whoever set them.
"""

from __future__ import annotations

from kustomize.identity import Gvk, Id
from kustomize.metadata import texts
from kustomize.resource import Resource

_OWN = "internal.config.kubernetes.io/"
_ENABLED = "enabled"
HELM = f"{_OWN}helm-generated"
"""Says that a chart made the object, which then keeps its namespace."""

TAKEN_OFF = frozenset(
    f"{_OWN}{name}"
    for name in (
        "previousKinds", "previousNames", "previousNamespaces", "prefixes", "suffixes",
        "allowNameChange", "allowKindChange", "refBy", "generatorBehavior", "needsHashSuffix",
        "path", "index", "seqindent", "id", "annotations-migration-resource-id", "helm-generated",
    )
) | {"config.kubernetes.io/path", "config.kubernetes.io/index", "config.k8s.io/id"}  # fmt: skip
"""What does not come out of a build."""


def adopt(resource: Resource) -> None:
    """Take over what the annotations of an object that was just read say about its past."""
    annotations = resource.metadata.get("annotations")
    if not isinstance(annotations, dict) or not any(key.startswith(_OWN) for key in annotations):
        return
    given = texts(resource.manifest, "annotations")
    names, namespaces, kinds = (
        _listed(given, f"previous{what}") for what in ("Names", "Namespaces", "Kinds")
    )
    if len(names) == len(namespaces) == len(kinds):
        resource.previous = tuple(
            Id(Gvk(kind=kind), name, namespace)
            for name, namespace, kind in zip(names, namespaces, kinds, strict=True)
        )
    resource.prefixes = _listed(given, "prefixes")
    resource.suffixes = _listed(given, "suffixes")
    resource.hashed = given.get(f"{_OWN}needsHashSuffix") == _ENABLED
    resource.behavior = given.get(f"{_OWN}generatorBehavior", "")


def _listed(given: dict[str, str], name: str) -> tuple[str, ...]:
    text = given.get(_OWN + name)
    return tuple(text.split(",")) if text is not None else ()
