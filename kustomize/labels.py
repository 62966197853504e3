"""`labels`, `commonLabels` and `commonAnnotations`: entries put into mappings."""

from __future__ import annotations

from collections.abc import Mapping

from kustomize.bound import MOST_VALUES, Budget
from kustomize.configuration import Configuration, field_specs
from kustomize.field import set_entries
from kustomize.fieldspec import FieldSpec, FieldSpecs, at
from kustomize.identity import Gvk
from kustomize.kustomization import Label
from kustomize.resources import Resources, Transformer

_OWN = (FieldSpec(Gvk(), "metadata/labels", True),)


def labelled(entries: Mapping[str, str], specs: FieldSpecs) -> Transformer:
    """Puts labels or annotations into every field that the specs lead to."""
    ordered = {key: entries[key] for key in sorted(entries)}

    def transform(resources: Resources) -> None:
        if not ordered:
            return
        Budget(MOST_VALUES, "the objects with their labels").spend(len(ordered) * len(resources))
        for resource in resources:
            for place in at(resource, specs):
                set_entries(place, ordered)

    return transform


def label_fields(label: Label, configuration: Configuration) -> FieldSpecs:
    """The fields that an entry of `labels` is about. Raises BuildError for contradictions."""
    specs = field_specs(label.fields).with_added(configuration.fields.labels)
    if label.include_selectors:
        return specs.with_added(configuration.fields.common_labels)
    if label.include_templates:
        specs = specs.with_added(configuration.fields.template_labels)
    if label.include_volume_claim_templates:
        specs = specs.with_added(configuration.fields.volume_claim_template_labels)
    return specs.with_added(_OWN)
