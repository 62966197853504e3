"""Artifacts as registries hold them: manifests and blobs, made by the specification."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field

import orjson

MANIFEST = "application/vnd.oci.image.manifest.v1+json"
INDEX = "application/vnd.oci.image.index.v1+json"
FLUX_CONFIG = "application/vnd.cncf.flux.config.v1+json"
FLUX_LAYER = "application/vnd.cncf.flux.content.v1.tar+gzip"
HELM_LAYER = "application/vnd.cncf.helm.chart.content.v1.tar+gzip"


def digest_of(data: bytes) -> str:
    """sha256, as registries write it."""
    return f"sha256:{hashlib.sha256(data).hexdigest()}"


@dataclass(frozen=True)
class Layer:
    """A blob and its type, with what is said of it in the manifest."""

    content: bytes
    media_type: str = FLUX_LAYER
    annotations: Mapping[str, str] = field(default_factory=dict)

    def descriptor(self) -> dict[str, object]:
        said = {
            "mediaType": self.media_type,
            "digest": digest_of(self.content),
            "size": len(self.content),
        }
        return {**said, "annotations": dict(self.annotations)} if self.annotations else said


@dataclass(frozen=True)
class Artifact:
    """A manifest with its blobs; or an index, without any."""

    manifest: bytes
    blobs: tuple[bytes, ...] = ()
    media_type: str = MANIFEST

    @property
    def digest(self) -> str:
        return digest_of(self.manifest)

    def descriptor(self, **more: object) -> dict[str, object]:
        said = {"mediaType": self.media_type, "digest": self.digest, "size": len(self.manifest)}
        return {**said, **more}


def artifact(
    *layers: Layer,
    annotations: Mapping[str, str] | None = None,
    config: Layer | None = None,
    subject: Artifact | None = None,
    kind: str = "",
) -> Artifact:
    """An artifact of these layers; with `subject`, one that refers to another."""
    config = config or Layer(b"{}", FLUX_CONFIG)
    said: dict[str, object] = {
        "schemaVersion": 2,
        "mediaType": MANIFEST,
        "config": config.descriptor(),
        "layers": [layer.descriptor() for layer in layers],
    }
    said |= {"annotations": dict(annotations)} if annotations else {}
    said |= {"subject": subject.descriptor()} if subject else {}
    said |= {"artifactType": kind} if kind else {}
    blobs = (config.content, *(layer.content for layer in layers))
    return Artifact(orjson.dumps(said), blobs)


def index(*manifests: Mapping[str, object]) -> Artifact:
    """An index of descriptors."""
    said = {"schemaVersion": 2, "mediaType": INDEX, "manifests": list(manifests)}
    return Artifact(orjson.dumps(said), (), INDEX)
