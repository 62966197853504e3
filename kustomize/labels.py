"""`labels`, `commonLabels` and `commonAnnotations`: entries put into mappings."""

from __future__ import annotations

from collections.abc import Mapping
from typing import cast

from kustomize.bound import MOST_VALUES, Budget
from kustomize.configuration import Configuration, field_specs
from kustomize.field import set_entries
from kustomize.fieldspec import FieldSpec, FieldSpecs, Place, at
from kustomize.identity import Gvk
from kustomize.kustomization import Label
from kustomize.resources import Resources, Transformer
from kustomize.shared_entry import settle, shared_entries
from shared.manifest.identity import Manifest

_OWN = (FieldSpec(Gvk(), "metadata/labels", True),)


def labelled(entries: Mapping[str, str], specs: FieldSpecs) -> Transformer:
    """Puts labels or annotations into every field that the specs lead to."""
    ordered = {key: entries[key] for key in sorted(entries)}

    def transform(resources: Resources) -> None:
        if not ordered:
            return
        Budget(MOST_VALUES, "the objects with their labels").spend(len(ordered) * len(resources))
        for resource in resources:
            made: list[tuple[str, Manifest]] = []
            for place in at(resource, specs):
                made += _put(place, ordered)
            settle(resource.shared, resource.manifest)
            resource.shared += shared_entries(made, ordered)

    return transform


def _put(place: Place, entries: dict[str, str]) -> list[tuple[str, Manifest]]:
    """Put entries into a mapping; those that are new there, with the mapping."""
    holder, name = place
    old = holder.get(name)
    new = [key for key in entries if key not in old] if isinstance(old, dict) else [*entries]
    set_entries(place, entries)
    mapping = cast("Manifest", holder[name])
    return [(key, mapping) for key in new]


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
