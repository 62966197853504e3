"""`namePrefix` and `nameSuffix`."""

from __future__ import annotations

from kustomize.field import set_scalar
from kustomize.fieldspec import FieldSpec, FieldSpecs, considering, places, steps
from kustomize.identity import Gvk
from kustomize.problem import BuildError
from kustomize.resource import Resource
from kustomize.resources import Resources, Transformer
from kustomize.scalar import MISSING, in_place, scalar_text

_UNTOUCHED = (
    Gvk(kind="CustomResourceDefinition"),
    Gvk("apiregistration.k8s.io", "", "APIService"),
    Gvk(kind="Namespace"),
)


def prefixed(prefix: str, specs: FieldSpecs) -> Transformer:
    """Puts text before names."""
    return _affixed(prefix, "", specs)


def suffixed(suffix: str, specs: FieldSpecs) -> Transformer:
    """Puts text behind names."""
    return _affixed("", suffix, specs)


def _affixed(prefix: str, suffix: str, specs: FieldSpecs) -> Transformer:
    def transform(resources: Resources) -> None:
        for resource in resources:
            kind = resource.original.gvk
            if any(kind.selected_by(other) for other in _UNTOUCHED):
                continue
            for spec, _ in specs.of(kind):
                _affix(resource, spec, prefix, suffix)
        resources.renamed()

    return transform


def _affix(resource: Resource, spec: FieldSpec, prefix: str, suffix: str) -> None:
    if spec.path == "metadata/name" and (prefix or suffix):
        resource.prefixes += (prefix,) if prefix else ()
        resource.suffixes += (suffix,) if suffix else ()
        resource.remember()
    if not resource.gvk.selected_by(spec.kind):
        return
    try:
        for holder, name in places(resource.manifest, steps(spec.path), create=spec.create):
            old = holder.get(name, MISSING)
            text = "" if old is MISSING else scalar_text(old)
            set_scalar((holder, name), in_place(old, f"{prefix}{text}{suffix}"))
    except BuildError as error:
        raise considering(spec, resource, error) from error
