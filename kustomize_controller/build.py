"""From the files of an artifact to manifests that are ready to be applied.

A build is remembered with all that it read: a new revision in which nothing of that has changed is
the same build (DESIGN.md 3.2).
"""

from __future__ import annotations

import asyncio
from collections import ChainMap, OrderedDict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import Protocol, cast
from weakref import ReferenceType, ref

import orjson
import structlog

from kustomize.build import Options, Readings, build
from kustomize_controller.built import Built
from kustomize_controller.decryption import Decryption
from kustomize_controller.envsubst import Unset
from kustomize_controller.generation import completed, directory_of
from kustomize_controller.normalisation import normalised
from kustomize_controller.problem import KustomizationProblem
from kustomize_controller.substitution import Substitution, files_with
from shared.api.adjustment import CommonMetadata
from shared.api.kustomization import Kustomization
from shared.manifest.compact import compact, interned
from shared.manifest.identity import Manifest, Ref
from shared.manifest.tree import Tree
from shared.reconcile.key import Key

log: structlog.stdlib.BoundLogger = structlog.get_logger()

# As in Flux: a kustomization may name any file of its artifact, and nothing outside of it.
WITHIN_THE_ARTIFACT = Options(anywhere=True, sort="none")

MOST = 128 * 1024 * 1024
"""Bytes of manifests, as JSON, that are remembered. Those not asked for the longest go first."""


class Substitutions(Protocol):
    """Where the variables of a Kustomization come from."""

    async def of(self, ks: Kustomization) -> Substitution | None:
        """What is to be filled in, or None. Raises a Problem that names the object."""


class Keys(Protocol):
    """Where the keys come from by which a Kustomization decrypts."""

    async def of(self, ks: Kustomization) -> Decryption | None:
        """How to decrypt, or None. Raises a Problem that names the Secret."""


@dataclass(frozen=True, slots=True)
class Terms:
    """What a build depends on beside its files."""

    directory: str
    common: CommonMetadata | None
    substitution: Substitution | None
    decryption: Decryption | None


@dataclass(frozen=True, slots=True)
class Origin:
    """The spec and the very tree that a build was last seen to come from. The tree is not kept."""

    uid: str
    generation: int
    tree: ReferenceType[Tree]

    @classmethod
    def of(cls, ks: Kustomization, tree: Tree) -> Origin:
        """Those of an attempt."""
        return cls(ks.metadata.uid, ks.metadata.generation, ref(tree))

    def is_of(self, ks: Kustomization, tree: Tree) -> bool:
        """Whether an attempt has just these."""
        spec = self.uid, self.generation
        return spec == (ks.metadata.uid, ks.metadata.generation) and self.tree() is tree


@dataclass(frozen=True, slots=True)
class Kept:
    """A build, what it depended on, and how many bytes of JSON it is."""

    terms: Terms
    readings: Readings
    built: Built
    size: int
    origin: Origin

    def still_holds(self, terms: Terms, whole: Tree) -> bool:
        """Whether a build of the tree on those terms would come to the same."""
        return self.terms == terms and self.readings.still_hold(whole)


class KustomizeBuilder:
    """Builds by the kustomize library, in a thread: the event loop goes on meanwhile."""

    def __init__(
        self,
        substitutions: Substitutions | None = None,
        keys: Keys | None = None,
        *,
        most: int = MOST,
    ) -> None:
        self._substitutions = substitutions
        self._keys = keys
        self._most = most
        self._kept: OrderedDict[Key, Kept] = OrderedDict()
        self.builds = 0
        self.read = 0
        self.bytes = 0

    async def build(self, ks: Kustomization, tree: Tree) -> Built:
        """What the Kustomization wants in the cluster. Raises BuildError, DocumentError,
        ManifestError and KustomizationProblem, each with the file or the object."""
        key = Key(ks.metadata.namespace, ks.metadata.name)
        old = self._kept.get(key)
        terms = await self._terms(ks)
        if old is not None and old.terms == terms and old.origin.is_of(ks, tree):
            kept = old
        else:
            kept = await self._renewed(old, ks, tree, terms)
        self._keep(key, replace(kept, origin=Origin.of(ks, tree)))
        return kept.built

    async def _renewed(self, old: Kept | None, ks: Kustomization, tree: Tree, terms: Terms) -> Kept:
        """What a build of another tree, or on other terms, comes to: the old one where nothing of
        what that read is new."""

        def look() -> tuple[Tree, bool]:
            whole = completed(tree, terms.directory, ks.spec)
            return whole, old is not None and old.still_holds(terms, whole)

        whole, holds = await asyncio.to_thread(look)
        if old is not None and holds:
            return old
        self.builds += 1
        kept = await _build(ks, whole, terms)
        self.read += sum(len(whole[path]) for path in kept.readings.files if path in whole)
        return kept

    async def _terms(self, ks: Kustomization) -> Terms:
        return Terms(
            directory_of(ks.spec.path),
            ks.spec.common_metadata,
            await self._substitutions.of(ks) if self._substitutions else None,
            await self._keys.of(ks) if self._keys else None,
        )

    def _keep(self, key: Key, kept: Kept) -> None:
        replaced = self._kept.pop(key, None)
        self._kept[key] = kept
        self.bytes += kept.size - (replaced.size if replaced else 0)
        while self.bytes > self._most:
            self.bytes -= self._kept.popitem(last=False)[1].size


async def _build(ks: Kustomization, whole: Tree, terms: Terms) -> Kept:
    """Decrypt files, build, decrypt objects, fill in variables: in the order that Flux has."""
    decryption = terms.decryption
    plain = await decryption.files(whole, terms.directory) if decryption else {}
    tree = Tree(ChainMap(dict(plain), cast("dict[str, bytes]", whole))) if plain else whole
    found = await asyncio.to_thread(build, tree, terms.directory, WITHIN_THE_ARTIFACT)
    for warned in found.warnings:
        log.info("build.surprise", path=warned.path, line=warned.line, message=warned.message)
    readings = _as_committed(found.readings, whole, plain)
    manifests = found.manifests
    if decryption:
        manifests = await decryption.objects(manifests, whole, readings.files)
    return await asyncio.to_thread(_finished, ks, terms, Read(whole, readings), manifests)


@dataclass(frozen=True, slots=True)
class Read:
    """What a build read, of which tree."""

    tree: Tree
    readings: Readings


def _finished(ks: Kustomization, terms: Terms, read: Read, manifests: Iterable[Manifest]) -> Kept:
    texts: list[str] = []
    digest = sha256()
    for manifest in manifests:
        filled_in = _filled_in(manifest, read, terms.substitution)
        digest.update(_text(filled_in))
        texts.append(interned(compact(normalised(filled_in, ks))))
    built = Built(tuple(texts), f"sha256:{digest.hexdigest()}")
    size = sum(map(len, built.texts))
    return Kept(terms, read.readings, built, size, Origin.of(ks, read.tree))


def _as_committed(readings: Readings, whole: Tree, plain: Mapping[str, bytes]) -> Readings:
    """What was read, with files that were decrypted for it as they were committed."""
    digests = {
        path: sha256(whole[path]).hexdigest() if path in plain else digest
        for path, digest in readings.files.items()
    }
    return replace(readings, files=digests)


def _filled_in(manifest: Manifest, read: Read, substitution: Substitution | None) -> Manifest:
    """An object with its variables filled in. What is wrong names the object and its file."""
    if substitution is None:
        return manifest
    about = Ref.of(manifest)
    try:
        return substitution.applied(manifest)
    except KustomizationProblem as problem:
        hint = problem.name if isinstance(problem, Unset) else about.name
        see = files_with(read.tree, read.readings.files, "${", hint)
        raise KustomizationProblem(f"post build failed for {about}{see}: {problem}") from None


def _text(manifest: Manifest) -> bytes:
    return orjson.dumps(manifest, option=orjson.OPT_SORT_KEYS)
