"""From the files of an artifact to manifests that are ready to be applied.

A build is remembered with all that it read: a new revision in which nothing of that has changed is
the same build (DESIGN.md 3.2).
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from dataclasses import dataclass
from hashlib import sha256

import orjson

from kustomize.build import Options, Readings, build
from kustomize_controller.generation import completed, directory_of
from kustomize_controller.kustomization import Built
from kustomize_controller.normalisation import normalised
from shared.api.adjustment import CommonMetadata
from shared.api.kustomization import Kustomization
from shared.manifest.identity import Manifest
from shared.manifest.tree import Tree
from shared.runtime.queue import Key

# As in Flux: a kustomization may name any file of its artifact, and nothing outside of it.
WITHIN_THE_ARTIFACT = Options(anywhere=True, sort="none")

MOST = 128 * 1024 * 1024
"""Bytes of manifests, as JSON, that are remembered. Those not asked for the longest go first."""


@dataclass(frozen=True, slots=True)
class Kept:
    """A build, what it depended on, and how many bytes of JSON it is."""

    directory: str
    common: CommonMetadata | None
    readings: Readings
    built: Built
    size: int

    def answers(self, ks: Kustomization, whole: Tree) -> bool:
        """Whether a build for `ks`, of a tree completed for it, would come to the same."""
        same = (self.directory, self.common) == (
            directory_of(ks.spec.path),
            ks.spec.common_metadata,
        )
        return same and self.readings.still_hold(whole)


class KustomizeBuilder:
    """Builds by the kustomize library, in a thread: the event loop goes on meanwhile."""

    def __init__(self, most: int = MOST) -> None:
        self._most = most
        self._kept: OrderedDict[Key, Kept] = OrderedDict()
        self.builds = 0
        self.bytes = 0

    async def build(self, ks: Kustomization, tree: Tree) -> Built:
        """What the Kustomization wants in the cluster. Raises BuildError, DocumentError,
        ManifestError and KustomizationProblem, each with the file or the object."""
        key = Key(ks.metadata.namespace, ks.metadata.name)
        old = self._kept.get(key)
        new = await asyncio.to_thread(_brought_level, ks, tree, old)
        self.builds += new is not old
        self._keep(key, new)
        return new.built

    def _keep(self, key: Key, kept: Kept) -> None:
        replaced = self._kept.pop(key, None)
        self._kept[key] = kept
        self.bytes += kept.size - (replaced.size if replaced else 0)
        while self.bytes > self._most:
            self.bytes -= self._kept.popitem(last=False)[1].size


def _brought_level(ks: Kustomization, tree: Tree, old: Kept | None) -> Kept:
    """The old build, if it still is what the tree says; otherwise a new one."""
    directory = directory_of(ks.spec.path)
    whole = completed(tree, directory, ks.spec)
    if old is not None and old.answers(ks, whole):
        return old
    found = build(whole, directory, WITHIN_THE_ARTIFACT)
    texts = [_text(manifest) for manifest in found.manifests]
    built = Built(
        tuple(normalised(manifest, ks) for manifest in found.manifests),
        f"sha256:{sha256(b''.join(texts)).hexdigest()}",
    )
    size = sum(map(len, texts))
    return Kept(directory, ks.spec.common_metadata, found.readings, built, size)


def _text(manifest: Manifest) -> bytes:
    return orjson.dumps(manifest, option=orjson.OPT_SORT_KEYS)
