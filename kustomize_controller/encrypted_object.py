"""Objects of a build that are encrypted, as a whole or in entries of a Secret. Pure."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import cast

import orjson

from kustomize_controller.mark import stays_encrypted
from kustomize_controller.sops import metadata
from kustomize_controller.sops.document import Document
from kustomize_controller.sops.format import (
    JSON,
    LARGEST,
    YAML,
    format_of_content,
    format_of_name,
    without_metadata,
)
from kustomize_controller.sops.value import Branch, Branches, Comment, SopsProblem, named
from shared.manifest.identity import Manifest, Ref, section, text
from shared.manifest.tree import Tree


@dataclass(frozen=True, slots=True)
class EncryptedObject:
    """An object with what of it is encrypted: all of it (`whole`), or `entries` of a Secret."""

    manifest: Manifest
    whole: Document | None
    entries: Mapping[str, Document]

    @classmethod
    def of(cls, manifest: Manifest) -> EncryptedObject:
        """An object of a build; marked `decrypt: disabled`, nothing of it counts as encrypted.
        Raises SopsProblem where what is encrypted is malformed."""
        if stays_encrypted(manifest):
            return cls(manifest, None, {})
        with named(_name(manifest)):
            said = manifest.get(metadata.KEY)
            if isinstance(said, dict) and said.get("mac"):
                return cls(manifest, _document([cast("Branch", manifest)]), {})
            return cls(manifest, None, dict(_entries(manifest)))

    def documents(self) -> tuple[Document, ...]:
        """All that there is to decrypt."""
        return (self.whole,) if self.whole else tuple(self.entries.values())

    def decrypted(self, keys: Sequence[bytes], committed: Committed | None) -> Manifest:
        """The object in plain text, by a data key for each document. `committed`: where it is
        looked up whether anything was changed since the encryption; None: it is not."""
        with named(str(self)):
            if self.whole:
                if committed:
                    committed.require_unchanged(self.whole, keys[0])
                return _manifest(self.whole.decrypted(keys[0], verify=False)[0])
            encoded = {
                name: _encoded(name, document, key, verify=committed is not None)
                for (name, document), key in zip(self.entries.items(), keys, strict=True)
            }
        if not encoded:
            return self.manifest
        return self.manifest | {"data": section(self.manifest, "data") | encoded}

    def __str__(self) -> str:
        return _name(self.manifest)


class Committed:
    """The encrypted files that a build read, by their MACs: that of an object leads to its file."""

    def __init__(self, tree: Tree, paths: Iterable[str]) -> None:
        self._found: dict[str, list[tuple[str, Document]]] = {}
        self._unreadable: dict[str, bytes] = {}
        for path in paths:
            content = tree.get(path, b"")
            try:
                documents = _documents_in(content)
            except SopsProblem:
                self._unreadable[path] = content
                continue
            for document in documents:
                self._found.setdefault(document.metadata.mac, []).append((path, document))

    def require_unchanged(self, document: Document, key: bytes) -> None:
        """Raises SopsProblem where the file that an object came from is not as it was encrypted.
        Where there is no such file, as of what a generator made, nothing can be told."""
        mac = document.metadata.mac
        for path, own in self._found.get(mac, ()):
            with named(path):
                own.decrypted(key, verify=True)
        for path, content in self._unreadable.items():
            if mac.encode() in content:
                raise SopsProblem(f"{path}: cannot be read as SOPS wrote it, so was changed")


def _documents_in(content: bytes) -> list[Document]:
    """What of a file was encrypted together: the documents of a file have one MAC, unless several
    files were put into one."""
    kind = next((kind for kind in (YAML, JSON) if kind.is_encrypted(content)), None)
    if kind is None or len(content) > LARGEST:
        return []
    together: dict[str, Branches] = {}
    for branch in kind.load(content):
        said = branch.get(metadata.KEY)
        if isinstance(said, dict):
            together.setdefault(str(said.get("mac")), []).append(branch)
    return [_document(branches) for branches in together.values()]


def _document(branches: Branches) -> Document:
    said = metadata.parsed(branches[0].get(metadata.KEY))
    return Document([without_metadata(branch) for branch in branches], said)


def _entries(manifest: Manifest) -> Iterator[tuple[str, Document]]:
    """The entries of a Secret that look encrypted, such as those that a generator put there. What
    is no base64 is for the API server to refuse."""
    if text(manifest, "kind") != "Secret":
        return
    for name, value in section(manifest, "data").items():
        try:
            content = base64.b64decode(str(value), validate=True)
        except binascii.Error:
            continue
        kind = format_of_content(content)
        if kind is not None:
            with named(f"data.{name}"):
                yield name, kind.document(content)


def _encoded(name: str, document: Document, key: bytes, *, verify: bool) -> str:
    with named(f"data.{name}"):
        plain = format_of_name(name).emit(document.decrypted(key, verify=verify))
    return base64.b64encode(plain).decode()


def _manifest(branch: Branch) -> Manifest:
    """A branch as an object: without comments, and of nothing but what JSON knows."""
    plain = cast("Manifest", _without_comments(branch))
    try:
        orjson.dumps(plain)
    except TypeError:
        raise SopsProblem("holds bytes that are no text: put them into data, as base64") from None
    return plain


def _without_comments(value: object) -> object:
    if isinstance(value, dict):
        return {k: _without_comments(v) for k, v in value.items() if not isinstance(k, Comment)}
    if isinstance(value, list):
        return [_without_comments(item) for item in value if not isinstance(item, Comment)]
    return value


def _name(manifest: Manifest) -> str:
    return str(Ref.of(manifest))
