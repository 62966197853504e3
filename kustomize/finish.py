"""What is done to each object alone when all others are ready too."""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

from kustomize.context import Options
from kustomize.field import set_entries
from kustomize.kustomization import Kustomization
from kustomize.marks import TAKEN_OFF
from kustomize.metadata import made_metadata, set_texts, texts
from kustomize.origin import ORIGIN, TRANSFORMATIONS, origin_text, transformations_text
from kustomize.problem import BuildError
from kustomize.resource import Resource
from kustomize.scalar import plain
from shared.manifest.identity import Manifest

_LOCAL = "config.kubernetes.io/local-config"
_MANAGED_BY = "app.kubernetes.io/managed-by"


def is_local(resource: Resource) -> bool:
    """Whether an object is only there for the build, and does not come out. Raises BuildError for
    one that a patch has left without a kind or a name."""
    kind, name, _ = resource.id
    if not kind.kind or not (name or kind.kind.endswith("List")):
        what = "metadata.name" if kind.kind else "kind"
        raise BuildError(f"missing {what} in object {resource.id}")
    return texts(resource.manifest, "annotations").get(_LOCAL, "false") != "false"


@dataclass(frozen=True, slots=True)
class Finish:
    """The annotations and the label that a build puts on its objects, empty for none."""

    build_metadata: tuple[str, ...]
    managed_by: str

    @classmethod
    def of(cls, kustomization: Kustomization, options: Options) -> Finish:
        """As the kustomization at the top and the options say."""
        wanted = kustomization.build_metadata
        is_wanted = options.managed_by or "managedByLabel" in wanted
        return cls(wanted, f"kustomize-{options.version}" if is_wanted else "")

    def manifest(self, resource: Resource) -> Manifest:
        """The object as it comes out. Raises BuildError for what JSON does not have."""
        if self.managed_by:
            set_entries((resource.metadata, "labels"), {_MANAGED_BY: self.managed_by})
        self._annotate(resource)
        try:
            return cast("Manifest", plain(resource.manifest))
        except BuildError as error:
            raise error.under(str(resource.id)) from error

    def _annotate(self, resource: Resource) -> None:
        wanted = self.build_metadata
        if not wanted and "annotations" not in made_metadata(resource.manifest):
            return
        annotations = texts(resource.manifest, "annotations")
        for name in (*TAKEN_OFF, ORIGIN, TRANSFORMATIONS):
            annotations.pop(name, None)
        if "originAnnotations" in wanted and resource.origin is not None:
            annotations[ORIGIN] = origin_text(resource.origin)
        if "transformerAnnotations" in wanted and resource.transformations:
            annotations[TRANSFORMATIONS] = transformations_text(resource.transformations)
        set_texts(resource.manifest, "annotations", annotations)
