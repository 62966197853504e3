"""From the files of an artifact to manifests that are ready to be applied.

A build is remembered with all that it read: a new revision in which nothing of that has changed is
the same build (DESIGN.md 3.2).
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from dataclasses import dataclass
from hashlib import sha256
from typing import Protocol

import orjson

from kustomize.build import Options, Readings, build
from kustomize_controller.envsubst import Unset
from kustomize_controller.generation import completed, directory_of
from kustomize_controller.kustomization import Built
from kustomize_controller.normalisation import normalised
from kustomize_controller.problem import KustomizationProblem
from kustomize_controller.substitution import Substitution, files_with
from shared.api.adjustment import CommonMetadata
from shared.api.kustomization import Kustomization
from shared.manifest.identity import Manifest, Ref
from shared.manifest.tree import Tree
from shared.runtime.queue import Key

# As in Flux: a kustomization may name any file of its artifact, and nothing outside of it.
WITHIN_THE_ARTIFACT = Options(anywhere=True, sort="none")

MOST = 128 * 1024 * 1024
"""Bytes of manifests, as JSON, that are remembered. Those not asked for the longest go first."""


class Substitutions(Protocol):
    """Where the variables of a Kustomization come from."""

    async def of(self, ks: Kustomization) -> Substitution | None:
        """What is to be filled in, or None. Raises a Problem that names the object."""


@dataclass(frozen=True, slots=True)
class Terms:
    """What a build depends on beside its files."""

    directory: str
    common: CommonMetadata | None
    substitution: Substitution | None

    @classmethod
    def of(cls, ks: Kustomization, substitution: Substitution | None) -> Terms:
        """The terms of a Kustomization."""
        return cls(directory_of(ks.spec.path), ks.spec.common_metadata, substitution)


@dataclass(frozen=True, slots=True)
class Kept:
    """A build, what it depended on, and how many bytes of JSON it is."""

    terms: Terms
    readings: Readings
    built: Built
    size: int


class KustomizeBuilder:
    """Builds by the kustomize library, in a thread: the event loop goes on meanwhile."""

    def __init__(self, substitutions: Substitutions | None = None, *, most: int = MOST) -> None:
        self._substitutions = substitutions
        self._most = most
        self._kept: OrderedDict[Key, Kept] = OrderedDict()
        self.builds = 0
        self.bytes = 0

    async def build(self, ks: Kustomization, tree: Tree) -> Built:
        """What the Kustomization wants in the cluster. Raises BuildError, DocumentError,
        ManifestError and KustomizationProblem, each with the file or the object."""
        key = Key(ks.metadata.namespace, ks.metadata.name)
        old = self._kept.get(key)
        substitution = await self._substitutions.of(ks) if self._substitutions else None
        new = await asyncio.to_thread(_brought_level, ks, tree, substitution, old)
        self.builds += new is not old
        self._keep(key, new)
        return new.built

    def _keep(self, key: Key, kept: Kept) -> None:
        replaced = self._kept.pop(key, None)
        self._kept[key] = kept
        self.bytes += kept.size - (replaced.size if replaced else 0)
        while self.bytes > self._most:
            self.bytes -= self._kept.popitem(last=False)[1].size


def _brought_level(
    ks: Kustomization, tree: Tree, substitution: Substitution | None, old: Kept | None
) -> Kept:
    """The old build, if it still is what the tree says; otherwise a new one."""
    terms = Terms.of(ks, substitution)
    whole = completed(tree, terms.directory, ks.spec)
    if old is not None and old.terms == terms and old.readings.still_hold(whole):
        return old
    found = build(whole, terms.directory, WITHIN_THE_ARTIFACT)
    manifests = [_filled_in(one, whole, found.readings, substitution) for one in found.manifests]
    texts = [_text(manifest) for manifest in manifests]
    built = Built(
        tuple(normalised(manifest, ks) for manifest in manifests),
        f"sha256:{sha256(b''.join(texts)).hexdigest()}",
    )
    return Kept(terms, found.readings, built, sum(map(len, texts)))


def _filled_in(
    manifest: Manifest, whole: Tree, readings: Readings, substitution: Substitution | None
) -> Manifest:
    """An object with its variables filled in. What is wrong names the object and its file."""
    if substitution is None:
        return manifest
    ref = Ref.of(manifest)
    try:
        return substitution.applied(manifest)
    except KustomizationProblem as problem:
        hint = problem.name if isinstance(problem, Unset) else ref.name
        see = files_with(whole, readings.files, "${", hint)
        raise KustomizationProblem(f"post build failed for {ref}{see}: {problem}") from None


def _text(manifest: Manifest) -> bytes:
    return orjson.dumps(manifest, option=orjson.OPT_SORT_KEYS)
