"""The transformers that a kustomization asks for, in the order that kustomize has fixed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from kustomize.affix import prefixed, suffixed
from kustomize.configuration import Configuration
from kustomize.context import Context
from kustomize.directory import Directory
from kustomize.images import imaged
from kustomize.kustomization import Kustomization
from kustomize.labels import label_fields, labelled
from kustomize.namespace import namespaced
from kustomize.patches import Patches, json6902
from kustomize.problem import BuildError
from kustomize.replacements import replacing
from kustomize.replicas import scaled
from kustomize.resources import Transformer
from kustomize.warning import Spot, Warnings


class Step(NamedTuple):
    """A transformer and what kustomize calls it."""

    kind: str
    transform: Transformer


def steps_of(
    kustomization: Kustomization,
    configuration: Configuration,
    directory: Directory,
    context: Context,
) -> list[Step]:
    """All steps, their files read. Raises BuildError for a field that makes no transformer."""
    patches = Patches(context.scope, context.schemas, context.warnings)
    steps: list[Step] = []
    for kind, made in (
        *_patching(kustomization, directory, patches),
        *_naming(kustomization, configuration),
        *_labelling(kustomization, configuration),
        *_changing(kustomization, configuration, directory, context.warnings),
    ):
        try:
            steps.extend(Step(kind, transform) for transform in made)
        except BuildError as error:
            raise error.under(f"trouble configuring builtin {kind}") from error
    return steps


_Made = Iterator[tuple[str, Iterator[Transformer]]]


def _patching(kustomization: Kustomization, directory: Directory, patches: Patches) -> _Made:
    entries = kustomization.patches_strategic_merge
    if entries:
        yield (
            "PatchStrategicMergeTransformer",
            (patches.strategic(each, directory) for each in (entries,)),
        )
    yield "PatchTransformer", (patches.either(each, directory) for each in kustomization.patches)


def _naming(kustomization: Kustomization, configuration: Configuration) -> _Made:
    if kustomization.namespace:
        transform = namespaced(kustomization.namespace, configuration.fields.namespace)
        yield "NamespaceTransformer", iter((transform,))
    if kustomization.name_prefix:
        transform = prefixed(kustomization.name_prefix, configuration.fields.name_prefix)
        yield "PrefixTransformer", iter((transform,))
    if kustomization.name_suffix:
        transform = suffixed(kustomization.name_suffix, configuration.fields.name_suffix)
        yield "SuffixTransformer", iter((transform,))


def _labelling(kustomization: Kustomization, configuration: Configuration) -> _Made:
    if kustomization.labels or kustomization.common_labels:
        yield "LabelTransformer", _label_steps(kustomization, configuration)
    annotations = kustomization.common_annotations
    if annotations:
        transform = labelled(annotations, configuration.fields.common_annotations)
        yield "AnnotationsTransformer", iter((transform,))


def _label_steps(
    kustomization: Kustomization, configuration: Configuration
) -> Iterator[Transformer]:
    for label in kustomization.labels:
        yield labelled(label.pairs, label_fields(label, configuration))
    # One more, maybe without any labels: `transformerAnnotations` shows it.
    yield labelled(kustomization.common_labels, configuration.fields.common_labels)


def _image_steps(
    kustomization: Kustomization, configuration: Configuration
) -> Iterator[Transformer]:
    """All entries in one walk; the further steps are only there to be counted by
    `transformerAnnotations`."""
    images = kustomization.images
    if images:
        yield imaged(images, configuration.fields.images)
    for _ in images[1:]:
        yield lambda _: None


def _changing(
    kustomization: Kustomization,
    configuration: Configuration,
    directory: Directory,
    warnings: Warnings,
) -> _Made:
    yield (
        "PatchJson6902Transformer",
        (json6902(patch, directory, warnings) for patch in kustomization.patches_json6902),
    )
    yield (
        "ReplicaCountTransformer",
        (scaled(replica, configuration.fields.replicas) for replica in kustomization.replicas),
    )
    if any(image.tag_suffix for image in kustomization.images):
        message = "`tagSuffix` is put behind the tags of containers twice"
        warnings.add(message, Spot(directory), "images", "tagSuffix")
    yield "ImageTagTransformer", _image_steps(kustomization, configuration)
    if kustomization.replacements:
        yield (
            "ReplacementTransformer",
            (replacing(each, directory, warnings) for each in (kustomization.replacements,)),
        )
