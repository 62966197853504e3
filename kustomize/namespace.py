"""`namespace`: everything that can live in one namespace moves there.

Webhook configurations and subjects that are not called `default` follow later, with the names.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Literal

from kustomize.field import set_scalar, wrong_kind
from kustomize.fieldspec import FieldSpecs, Place, at
from kustomize.identity import CLUSTER
from kustomize.marks import HELM
from kustomize.metadata import texts
from kustomize.problem import BuildError
from kustomize.resource import Resource
from kustomize.resources import Resources, Transformer
from kustomize.scalar import is_null, scalar_text, text_of

Subjects = Literal["defaultOnly", "allServiceAccounts", "none"]
_BINDINGS = ("RoleBinding", "ClusterRoleBinding")


def namespaced(
    namespace: str, specs: FieldSpecs, *, unset_only: bool = False, subjects: str = "defaultOnly"
) -> Transformer:
    """Sets `namespace`; with `unset_only` only where there is none. `subjects` says which subjects
    of role bindings move. Raises BuildError where two objects would become one."""

    def transform(resources: Resources) -> None:
        counts = Counter(resource.key for resource in resources)
        for resource in resources:
            if texts(resource.manifest, "annotations").get(HELM) == "true":
                continue
            counts[resource.key] -= 1
            resource.remember()
            _move(resource, specs, namespace, unset_only, subjects)
            counts[resource.key] += 1
            if counts[resource.key] > 1:
                raise BuildError(f"namespace transformation produces ID conflict: {resource.id}")
        resources.renamed()

    return transform


def set_namespace(resource: Resource, namespace: str) -> None:
    """Sets the namespace of one object as the transformer does, without further fields."""
    _move(resource, FieldSpecs(()), namespace, False, "defaultOnly")


def _move(
    resource: Resource, specs: FieldSpecs, namespace: str, unset_only: bool, subjects: str
) -> None:
    for place in _places(resource, specs, subjects):
        holder, name = place
        if unset_only and scalar_text(holder.get(name)):
            continue
        try:
            set_scalar(place, namespace)
        except BuildError as error:
            raise error.under(
                f"namespace field specs must target scalar nodes: field '{name}' of {resource.id}"
            ) from error


def _places(resource: Resource, specs: FieldSpecs, subjects: str) -> Iterator[Place]:
    manifest = resource.manifest
    if resource.effective_namespace != CLUSTER:
        if is_null(manifest.get("metadata")):
            manifest["metadata"] = {}
        yield resource.metadata, "namespace"
    is_binding = resource.gvk.kind in _BINDINGS
    if is_binding and subjects != "none":
        yield from _subjects(resource, subjects)
    yield from at(resource, _fitting(specs, resource, is_binding))


def _fitting(specs: FieldSpecs, resource: Resource, is_binding: bool) -> FieldSpecs:
    """Without the fields that have rules of their own."""
    out = {"metadata/namespace"}
    if text_of(resource.manifest.get("apiVersion", "")) != "v1":
        out.add("metadata/name")
    if is_binding:
        out.add("subjects/namespace")
    return specs.without(frozenset(out))


def _subjects(resource: Resource, which: str) -> Iterator[Place]:
    field, wanted = ("name", "default") if which == "defaultOnly" else ("kind", "ServiceAccount")
    found = resource.manifest.get("subjects")
    if is_null(found):
        return
    if not isinstance(found, list):
        raise wrong_kind("SequenceNode", found)
    for subject in found:
        if isinstance(subject, dict) and text_of(subject.get(field)) == wanted:
            yield subject, "namespace"
