"""What is encrypted in a source, decrypted: files before the build, objects after it.

Plain text is in memory only. A file as it was committed has to be as it was encrypted, which its
MAC says; of an object that a build has changed that cannot be told, so the file that it came from
is looked at instead (reference flux.md 4.6).
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from kustomize_controller.encrypted_object import Committed, EncryptedObject
from kustomize_controller.encrypted_source import Sealed, sealed_files
from kustomize_controller.sops.document import Document
from kustomize_controller.sops.keyring import Keyring
from kustomize_controller.sops.value import SopsProblem, named
from shared.manifest.identity import Manifest
from shared.manifest.tree import Tree
from shared.operation.bounded import bounded

_AT_ONCE = 8
"""Data keys that are opened at once: of a cloud's key service each is a request."""


@dataclass(frozen=True, slots=True)
class Decryption:
    """Decrypts by a keyring. `ignore_mac`: changes since the encryption are not looked for."""

    keyring: Keyring
    ignore_mac: bool = False

    async def files(self, tree: Tree, directory: str) -> Mapping[str, bytes]:
        """The encrypted files that the generators and patches of a directory use, in plain text, by
        their paths. Raises SopsProblem with the path."""
        found = await asyncio.to_thread(_sealed, tree, directory)
        keys = await self._keys((one.path, one.document) for one in found)
        return await asyncio.to_thread(self._plain_files, found, keys)

    async def objects(
        self, manifests: Iterable[Manifest], tree: Tree, paths: Iterable[str]
    ) -> tuple[Manifest, ...]:
        """Objects of a build in plain text; `paths`: the files of the tree that it read. Raises
        SopsProblem with the object."""
        found = await asyncio.to_thread(lambda: [EncryptedObject.of(one) for one in manifests])
        keys = await self._keys((str(one), d) for one in found for d in one.documents())
        if not keys:
            return tuple(one.manifest for one in found)
        return await asyncio.to_thread(self._plain_objects, found, keys, tree, paths)

    async def _keys(self, sealed: Iterable[tuple[str, Document]]) -> list[bytes]:
        """The data key of each document."""
        found = await bounded(_AT_ONCE, self._key, sealed)
        for key in found:
            if isinstance(key, SopsProblem):
                raise key
        return [key for key in found if isinstance(key, bytes)]

    async def _key(self, sealed: tuple[str, Document]) -> bytes | SopsProblem:
        """A data key; a problem is handed back, so that others are not cancelled half-way."""
        place, document = sealed
        try:
            with named(f"{place} cannot be decrypted"):
                return await self.keyring.data_key(document.metadata)
        except SopsProblem as problem:
            return problem

    def _plain_files(self, found: list[Sealed], keys: list[bytes]) -> dict[str, bytes]:
        plain: dict[str, bytes] = {}
        for one, key in zip(found, keys, strict=True):
            with named(one.path):
                branches = one.document.decrypted(key, verify=not self.ignore_mac)
                plain[one.path] = one.format.emit(branches)
        return plain

    def _plain_objects(
        self,
        found: list[EncryptedObject],
        keys: list[bytes],
        tree: Tree,
        paths: Iterable[str],
    ) -> tuple[Manifest, ...]:
        committed = None if self.ignore_mac else Committed(tree, paths)
        each = iter(keys)
        return tuple(
            one.decrypted([next(each) for _ in one.documents()], committed) for one in found
        )


def _sealed(tree: Tree, directory: str) -> list[Sealed]:
    return list(sealed_files(tree, directory))
