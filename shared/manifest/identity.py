"""Which object a manifest is about: group, version, kind, namespace and name."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import cast

from shared.problem import Problem

Manifest = dict[str, object]
"""A Kubernetes object as JSON would have it."""


class ManifestError(Problem):
    """A manifest is not a Kubernetes object, or not the one it should be."""


@dataclass(frozen=True, slots=True, order=True)
class Kind:
    """A group, version and kind, such as apps/v1 Deployment. The core group is the empty string."""

    group: str
    version: str
    kind: str

    @classmethod
    def parse(cls, api_version: str, kind: str) -> Kind:
        """`apps/v1`, `Deployment` → Kind; a bare `v1` is the core group."""
        group, _, version = api_version.rpartition("/")
        return cls(group, version, kind)

    @property
    def api_version(self) -> str:
        """`apps/v1`, or `v1` for the core group."""
        return f"{self.group}/{self.version}" if self.group else self.version

    def __str__(self) -> str:
        return f"{self.api_version}/{self.kind}"


@dataclass(frozen=True, slots=True, order=True)
class Ref:
    """One object: what it is and where. Two versions of one kind name the same object, so the
    version is carried along but does not take part in comparison."""

    group: str
    kind: str
    namespace: str
    name: str
    version: str = field(default="v1", compare=False)

    @classmethod
    def of(cls, manifest: Manifest) -> Ref:
        """The identity of a manifest. Raises ManifestError where a part of it is missing."""
        kind = kind_of(manifest)
        name = text(metadata(manifest), "name")
        if not name:
            raise ManifestError(f"{kind.kind} without metadata.name")
        namespace = text(metadata(manifest), "namespace")
        return cls(kind.group, kind.kind, namespace, name, kind.version)

    @property
    def gvk(self) -> Kind:
        """Group, version and kind of the object."""
        return Kind(self.group, self.version, self.kind)

    def __str__(self) -> str:
        """As Flux prints it in events: Kind/namespace/name, or Kind/name where there is none."""
        return "/".join(part for part in (self.kind, self.namespace, self.name) if part)


def kind_of(manifest: Manifest) -> Kind:
    """Group, version and kind of a manifest. Raises ManifestError where one is missing."""
    api_version, kind = text(manifest, "apiVersion"), text(manifest, "kind")
    if not api_version or not kind:
        missing = "apiVersion" if not api_version else "kind"
        raise ManifestError(f"object {text(metadata(manifest), 'name')!r} has no {missing}")
    return Kind.parse(api_version, kind)


def metadata(manifest: Manifest) -> Manifest:
    """The metadata of a manifest; an empty one where it has none."""
    return section(manifest, "metadata")


def section(manifest: Manifest, key: str) -> Manifest:
    """The mapping below `key`; an empty one where there is none."""
    found = manifest.get(key)
    return cast("Manifest", found) if isinstance(found, dict) else {}


def text(manifest: Manifest, key: str) -> str:
    """The string below `key`; an empty one where there is none."""
    found = manifest.get(key)
    return found if isinstance(found, str) else ""


def labels_of(manifest: Manifest) -> dict[str, str]:
    """The labels of a manifest."""
    return cast("dict[str, str]", section(metadata(manifest), "labels"))


def annotations_of(manifest: Manifest) -> dict[str, str]:
    """The annotations of a manifest."""
    return cast("dict[str, str]", section(metadata(manifest), "annotations"))
