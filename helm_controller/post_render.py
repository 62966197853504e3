"""Changes to what a chart renders to: kustomize's, common metadata, and whose release it is. Pure.

As Flux's post-renderers: in the order of the spec, then common metadata, and last the labels that
name the HelmRelease, which win. `combined` changes hooks together with the rest, `separate` by
themselves, `nohooks` leaves them. What was changed is written anew, as kustomize writes YAML.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from helm_controller.config_digest import whole
from helm_controller.go_json import Struct, encoded
from helm_controller.manifest_order import ordered
from helm_controller.objects import objects_of
from helm_controller.problem import HelmError
from helm_controller.rendering import Document, Hook, Rendering
from helm_controller.workplace import GROUP
from kustomize.build import Options, build
from kustomize.problem import BuildError
from shared.api.adjustment import CommonMetadata, Patch
from shared.api.helm_release import HelmRelease, KustomizeRenderer
from shared.artifact.digest import DEFAULT, digest_of
from shared.manifest.document import CONFIGURATION, DocumentError, dump, parse
from shared.manifest.identity import Manifest, annotations_of, labels_of, metadata
from shared.manifest.tree import Tree
from shared.problem import Problem

PATH = "postrenderer.helm.sh/postrender-filename"
Strategy = Literal["nohooks", "combined", "separate"]

_SELECTOR = Struct(
    ("group", "version", "kind", "namespace", "name", "annotationSelector", "labelSelector")
)
_KUSTOMIZE = Struct(
    ("patches", "images"),
    parts={
        "patches": Struct(
            ("patch", "target"), {"patch": ""}, {"target": _SELECTOR}, frozenset({"target"})
        ),
        "images": Struct(("name", "newName", "newTag", "digest"), {"name": ""}),
    },
)
_POST_RENDERER = Struct(
    ("kustomize",), parts={"kustomize": _KUSTOMIZE}, pointers=frozenset({"kustomize"})
)
"""The fields of a post-renderer in Flux's own order."""


@dataclass(frozen=True, slots=True)
class PostRender:
    """The changes that a HelmRelease asks for."""

    renderers: tuple[KustomizeRenderer, ...]
    common: CommonMetadata | None
    origin: dict[str, str]
    strategy: Strategy

    def changed(self, rendering: Rendering) -> Rendering:
        """What a chart rendered to, with the changes. CPU bound. Raises HelmError where kustomize
        refuses."""
        documents, hooks = list(rendering.documents), list(rendering.hooks)
        match self.strategy:
            case "nohooks":
                files = [self._run(documents)]
            case "separate":
                files = [self._run(documents), self._run(hooks)]
            case _:
                files = [self._run([*documents, *hooks])]
        merged: dict[str, str] = {}
        for one in files:
            for path, content in one.items():
                merged[path] = f"{merged[path]}\n---\n{content}" if path in merged else content
        found, changed = ordered(merged, _parse)
        kept = rendering.hooks if self.strategy == "nohooks" else changed
        return replace(rendering, documents=found, hooks=kept)

    def _run(self, parts: Sequence[Document | Hook]) -> dict[str, str]:
        """The changed objects as files, by the template that they came from."""
        objects = [_marked(one, part.path) for part in parts for one in objects_of(part.text)]
        for renderer in self.renderers:
            objects = _kustomized(objects, renderer)
        files: dict[str, list[Manifest]] = {}
        for number, one in enumerate(map(self._labelled, objects)):
            path = annotations_of(one).get(PATH, f"generated-by-postrender-{number}.yaml")
            files.setdefault(path, []).append(_unmarked(one))
        return {path: dump(found).decode() for path, found in files.items()}

    def _labelled(self, manifest: Manifest) -> Manifest:
        common = self.common or CommonMetadata()
        labels = {**labels_of(manifest), **common.labels, **self.origin}
        annotations = {**annotations_of(manifest), **common.annotations}
        meta = {**metadata(manifest), "labels": labels, "annotations": annotations}
        return {**manifest, "metadata": meta}


def post_render(hr: HelmRelease, *, by_default: Strategy = "combined") -> PostRender:
    """The changes that a HelmRelease asks for."""
    spec = hr.spec
    return PostRender(
        tuple(one.kustomize for one in spec.post_renderers if one.kustomize is not None),
        spec.common_metadata,
        {f"{GROUP}/name": hr.metadata.name, f"{GROUP}/namespace": hr.metadata.namespace},
        spec.post_render_strategy or by_default,
    )


def post_renderers_digest(hr: HelmRelease, algorithm: str = DEFAULT) -> str:
    """The checksum of the post-renderers, as Flux has it; empty where there are none."""
    listed = [_written(one.kustomize) for one in hr.spec.post_renderers]
    return _digest(listed, algorithm, _POST_RENDERER) if listed else ""


def common_metadata_digest(hr: HelmRelease, algorithm: str = DEFAULT) -> str:
    """The checksum of the common metadata, as Flux has it; empty where there are none."""
    common = hr.spec.common_metadata
    if common is None:
        return ""
    return _digest(common.model_dump(mode="json", by_alias=True, exclude_none=True), algorithm)


def _written(renderer: KustomizeRenderer | None) -> Manifest:
    """A post-renderer as Go writes it: what is there is written, even where nothing is in it."""
    if renderer is None:
        return {}
    written = renderer.model_dump(mode="json", by_alias=True, exclude_none=True)
    patches = [
        {"patch": one.patch} if one.target is None else {"patch": one.patch, "target": _shown(one)}
        for one in renderer.patches
    ]
    return {"kustomize": written | ({"patches": patches} if patches else {})}


def _shown(patch: Patch) -> Manifest:
    target = patch.target
    return target.model_dump(mode="json", by_alias=True, exclude_none=True) if target else {}


def _digest(value: object, algorithm: str, shape: Struct | None = None) -> str:
    return digest_of(encoded(whole(value), shape).encode() + b"\n", algorithm)


def _kustomized(objects: Iterable[Manifest], renderer: KustomizeRenderer) -> list[Manifest]:
    """The objects after patches and images. Raises HelmError."""
    asked = renderer.model_dump(mode="json", by_alias=True, exclude_none=True)
    kustomization = {"resources": ["helm-output.yaml"], **asked}
    tree = Tree({
        "kustomization.yaml": dump([kustomization]),
        "helm-output.yaml": dump(objects),
    })  # fmt: skip
    try:
        return list(build(tree, "", Options()).manifests)
    except (BuildError, DocumentError) as error:
        raise HelmError("render", f"error while running post render: {error}") from error


def _marked(manifest: Manifest, path: str) -> Manifest:
    annotations = {**annotations_of(manifest), PATH: path}
    return {**manifest, "metadata": {**metadata(manifest), "annotations": annotations}}


def _unmarked(manifest: Manifest) -> Manifest:
    annotations = {key: value for key, value in annotations_of(manifest).items() if key != PATH}
    meta = {key: value for key, value in metadata(manifest).items() if key != "annotations"}
    if annotations:
        meta["annotations"] = annotations
    return {**manifest, "metadata": meta}


def _parse(document: str) -> Manifest:
    try:
        found = parse(document.encode(), path="post-rendered", rules=CONFIGURATION)
    except Problem as problem:
        raise HelmError("parse", str(problem)) from problem
    return found[0] if found else {}
