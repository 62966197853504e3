"""Manifests and indexes, as image-spec 1.1 has them, and Docker's form of the same. Pure."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import cast

import orjson

from shared.oci.error import OciError
from shared.oci.limit import Limits
from shared.oci.location import is_digest

MANIFEST = "application/vnd.oci.image.manifest.v1+json"
INDEX = "application/vnd.oci.image.index.v1+json"
DOCKER_MANIFEST = "application/vnd.docker.distribution.manifest.v2+json"
DOCKER_LIST = "application/vnd.docker.distribution.manifest.list.v2+json"
ACCEPTED = ", ".join((MANIFEST, INDEX, DOCKER_MANIFEST, DOCKER_LIST))
"""What we can read, for the Accept header."""

PLATFORM = ("linux", "amd64")
"""Which of the images of an index is meant, as in Flux."""

_INDEXES = {INDEX, DOCKER_LIST}


@dataclass(frozen=True, slots=True)
class Descriptor:
    """What is said of a blob or manifest: its type, digest and size in bytes."""

    media_type: str
    digest: str
    size: int
    artifact_type: str = ""
    annotations: Mapping[str, str] = field(default_factory=dict)
    platform: tuple[str, str] = ("", "")


@dataclass(frozen=True, slots=True)
class Manifest:
    """One artifact or image. `layers` in their order. `subject`: what it is about, for a signature
    or the like."""

    digest: str
    media_type: str
    artifact_type: str = ""
    config: Descriptor | None = None
    layers: tuple[Descriptor, ...] = ()
    subject: Descriptor | None = None
    annotations: Mapping[str, str] = field(default_factory=dict)
    size: int = 0


@dataclass(frozen=True, slots=True)
class Index:
    """Several manifests: images for several platforms, or what refers to a manifest."""

    digest: str
    media_type: str
    manifests: tuple[Descriptor, ...] = ()
    annotations: Mapping[str, str] = field(default_factory=dict)
    size: int = 0

    def for_platform(self) -> Descriptor:
        """The image that is meant. Raises OciError where there is none."""
        for one in self.manifests:
            if one.platform == PLATFORM and one.media_type not in _INDEXES:
                return one
        wanted = "/".join(PLATFORM)
        raise OciError(f"the index {self.digest} has no image for the platform {wanted}")


def digest_of(data: bytes, algorithm: str = "sha256") -> str:
    """The digest of `data`."""
    return f"{algorithm}:{hashlib.new(algorithm, data).hexdigest()}"


def check(data: bytes, digest: str, about: str) -> None:
    """Raises OciError where `data` is not what `digest` was made of."""
    made = digest_of(data, digest.partition(":")[0])
    if made != digest:
        raise OciError(f"the registry answers with another {about} than {digest}: {made}")


def parse(data: bytes, media_type: str, limits: Limits) -> Manifest | Index:
    """Read a manifest. `media_type`: what the registry calls it; what it calls itself has to agree.
    Raises OciError."""
    try:
        whole = orjson.loads(data)
    except orjson.JSONDecodeError:
        raise OciError("the manifest is not JSON") from None
    if not isinstance(whole, dict):
        raise OciError("the manifest is not a JSON object")
    said = _text(whole, "mediaType") or media_type.partition(";")[0].strip()
    digest = digest_of(data)
    if "manifests" in whole and "layers" in whole:
        raise OciError("the manifest could be read as an index too")
    if said in _INDEXES or (not said and "manifests" in whole):
        listed = _descriptors(whole, "manifests", limits)
        return Index(digest, said or INDEX, listed, _annotations(whole), len(data))
    if said not in {"", MANIFEST, DOCKER_MANIFEST}:
        raise OciError(f"the manifest is of the type '{said[:200]}', which is not read here")
    config = whole.get("config")
    return Manifest(
        digest,
        said or MANIFEST,
        _text(whole, "artifactType"),
        _descriptor(config) if config is not None else None,
        _descriptors(whole, "layers", limits),
        _descriptor(whole["subject"]) if whole.get("subject") is not None else None,
        _annotations(whole),
        len(data),
    )


def _descriptors(whole: Mapping[str, object], key: str, limits: Limits) -> tuple[Descriptor, ...]:
    listed = whole.get(key) or []
    if not isinstance(listed, list):
        raise OciError(f"the manifest has '{key}' that is no list")
    if len(listed) > limits.layers:
        raise OciError(f"the manifest has more than {limits.layers} {key}")
    return tuple(map(_descriptor, listed))


def _descriptor(entry: object) -> Descriptor:
    if not isinstance(entry, dict):
        raise OciError("the manifest has a descriptor that is no object")
    size, digest = entry.get("size"), _text(entry, "digest")
    if not is_digest(digest) or not isinstance(size, int) or isinstance(size, bool) or size < 0:
        raise OciError("the manifest has a descriptor without a digest and a size")
    platform = entry.get("platform")
    platform = platform if isinstance(platform, dict) else {}
    return Descriptor(
        _text(entry, "mediaType"),
        digest,
        size,
        _text(entry, "artifactType"),
        _annotations(entry),
        (_text(platform, "os"), _text(platform, "architecture")),
    )


def _annotations(whole: Mapping[str, object]) -> Mapping[str, str]:
    found = whole.get("annotations") or {}
    if not isinstance(found, dict) or not all(isinstance(text, str) for text in found.values()):
        raise OciError("the manifest has annotations that are not strings by name")
    return cast("Mapping[str, str]", found)


def _text(whole: Mapping[str, object], key: str) -> str:
    found = whole.get(key)
    return found if isinstance(found, str) else ""
