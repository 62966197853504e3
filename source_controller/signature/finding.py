"""What a registry holds of signatures about an artifact, within bounds.

cosign keeps them in two places: as referrers, each a bundle of its own; and, the older way, as
layers of the manifest under the tag `sha256-<hex>.sig`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from shared.oci.error import NotFound
from shared.oci.location import Location
from shared.oci.manifest import Descriptor, Index, Manifest
from source_controller.signature.payload import PREDICATE, SIMPLE_SIGNING
from source_controller.signature.problem import SignatureProblem

BUNDLE = "application/vnd.dev.sigstore.bundle"
KIND_OF_STATEMENT = "dev.sigstore.bundle.predicateType"
MOST = 100
LONGEST = 1024 * 1024


class Repository(Protocol):
    """The repository that an artifact is in (shared.oci.repository.Repository)."""

    @property
    def location(self) -> Location:
        """Where it is."""

    async def resolve(self, tag: str) -> Descriptor:
        """What a tag leads to."""

    async def manifest(self, digest: str) -> Manifest | Index:
        """The manifest of a digest."""

    async def blob(self, descriptor: Descriptor, most: int = 0) -> bytes:
        """The content of a blob."""

    async def referrers(self, digest: str) -> tuple[Descriptor, ...]:
        """What refers to a manifest."""


@dataclass(frozen=True, slots=True)
class Simple:
    """A signature of the older form: what is signed, and the annotations with the proof of it."""

    payload: bytes
    annotations: Mapping[str, str]


async def bundles_of(repository: Repository, digest: str) -> list[bytes]:
    """The bundles that refer to a digest, attestations left out. Raises OciError, and
    SignatureProblem where there are too many."""
    found: list[bytes] = []
    listed = [one for one in await repository.referrers(digest) if _may_be_bundle(one)]
    if len(listed) > MOST:
        raise SignatureProblem(f"there are more than {MOST} signatures of {digest}")
    for one in listed:
        manifest = await repository.manifest(one.digest)
        if isinstance(manifest, Manifest) and _is_signature(manifest, digest):
            found += [
                await repository.blob(layer, LONGEST)
                for layer in manifest.layers[:1]
                if layer.media_type.startswith(BUNDLE)
            ]
    return found


async def simple_signings_of(repository: Repository, digest: str) -> list[Simple]:
    """The signatures under the tag that stands for those of a digest. Raises OciError, and
    SignatureProblem where there are too many."""
    try:
        found = await repository.resolve(f"{digest.replace(':', '-', 1)}.sig")
    except NotFound:
        return []
    manifest = await repository.manifest(found.digest)
    layers = manifest.layers if isinstance(manifest, Manifest) else ()
    if len(layers) > MOST:
        raise SignatureProblem(f"there are more than {MOST} signatures of {digest}")
    return [
        Simple(await repository.blob(layer, LONGEST), layer.annotations)
        for layer in layers
        if layer.media_type == SIMPLE_SIGNING
    ]


def _may_be_bundle(referrer: Descriptor) -> bool:
    """Whether a referrer can be a bundle. Some registries do not say what it is."""
    is_statement = referrer.annotations.get(KIND_OF_STATEMENT, PREDICATE) == PREDICATE
    kind = referrer.artifact_type
    return is_statement and (not kind or kind.startswith(BUNDLE))


def _is_signature(manifest: Manifest, digest: str) -> bool:
    """Whether a referrer says that it is a signature, and of this. What it proves is another
    matter; what it is not is not fetched, however large."""
    kind = manifest.annotations.get(KIND_OF_STATEMENT, PREDICATE)
    return kind == PREDICATE and manifest.subject is not None and manifest.subject.digest == digest
