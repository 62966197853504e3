"""From the files of an artifact to manifests that are ready to be applied."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from hashlib import sha256

import orjson
from kustomize.build import Options, build

from kustomize_controller.generation import completed, directory_of
from kustomize_controller.kustomization import Built
from kustomize_controller.normalisation import normalised
from shared.api.kustomization import Kustomization
from shared.manifest.identity import Manifest
from shared.manifest.tree import Tree

# As in Flux: a kustomization may name any file of its artifact, and nothing outside of it.
WITHIN_THE_ARTIFACT = Options(anywhere=True, sort="none")


@dataclass(frozen=True, slots=True)
class KustomizeBuilder:
    """Builds by the kustomize library, in a thread: the event loop goes on meanwhile."""

    async def build(self, ks: Kustomization, tree: Tree) -> Built:
        """What the Kustomization wants in the cluster. Raises BuildError, DocumentError,
        ManifestError and KustomizationProblem, each with the file or the object."""
        return await asyncio.to_thread(built_of, ks, tree)


def built_of(ks: Kustomization, tree: Tree) -> Built:
    """The same, at once. Pure."""
    directory = directory_of(ks.spec.path)
    whole = completed(tree, directory, ks.spec)
    found = build(whole, directory, WITHIN_THE_ARTIFACT)
    return Built(
        tuple(normalised(manifest, ks) for manifest in found.manifests),
        f"sha256:{sha256(b''.join(map(_bytes, found.manifests))).hexdigest()}",
    )


def _bytes(manifest: Manifest) -> bytes:
    return orjson.dumps(manifest, option=orjson.OPT_SORT_KEYS)
