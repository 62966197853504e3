"""`replicas`: how many of a workload, by its name."""

from __future__ import annotations

from kustomize.field import set_scalar
from kustomize.fieldspec import FieldSpec, FieldSpecs, considering, places, steps
from kustomize.identity import Gvk
from kustomize.kustomization import Replica
from kustomize.problem import BuildError
from kustomize.resource import Resource
from kustomize.resources import Resources, Transformer
from kustomize.scalar import is_quoted


def scaled(replica: Replica, specs: FieldSpecs) -> Transformer:
    """Sets the count in all objects that have or had the name. Raises BuildError for none."""

    def transform(resources: Resources) -> None:
        chosen = [
            (spec, resource)
            for spec in specs
            for resource in resources
            if _was_called(resource, replica.name, spec.kind)
        ]
        for spec, resource in chosen:
            if resource.gvk.selected_by(spec.kind):
                _scale(resource, spec, replica.count)
        if not chosen and not resources.is_part:
            kinds = " ".join(str(spec.kind) for spec in specs)
            raise BuildError(
                f"resource with name {replica.name} does not match a config with the following "
                f"GVK [{kinds}]"
            )

    return transform


def _scale(resource: Resource, spec: FieldSpec, count: int) -> None:
    try:
        for place in places(resource.manifest, steps(spec.path), create=spec.create):
            set_scalar(place, str(count) if is_quoted(place[0].get(place[1])) else count)
    except BuildError as error:
        raise considering(spec, resource, error) from error


def _was_called(resource: Resource, name: str, kind: Gvk) -> bool:
    ids = (*resource.former(), resource.id)
    return any(one.name == name and one.gvk.selected_by(kind) for one in ids)
