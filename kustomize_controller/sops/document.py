"""A document that was encrypted with SOPS, and what becomes of it with its data key. Pure."""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass
from datetime import UTC, datetime

from kustomize_controller.sops.cipher import opened
from kustomize_controller.sops.metadata import Metadata
from kustomize_controller.sops.rule import Rule
from kustomize_controller.sops.value import (
    Branch,
    Branches,
    Comment,
    SopsProblem,
    mac_text,
    named,
)

# What the MAC of documents begins with whose MAC is that of the encrypted values alone.
_ONLY_ENCRYPTED = hashlib.sha256(b"sops").digest()


@dataclass(frozen=True, slots=True)
class Document:
    """The documents of one file, without their metadata, and that."""

    branches: Branches
    metadata: Metadata

    def decrypted(self, key: bytes, *, verify: bool) -> Branches:
        """The same in plain text.

        `verify`: whether nothing may have been added, changed or taken away since it was encrypted;
        that can be told of a file as it was committed, not of what a build made of it. Raises
        SopsProblem with the path of the value.
        """
        walk = _Walk(key, Rule.of(self.metadata), only_encrypted=self.metadata.only_encrypted)
        branches = [walk.branch(branch, ()) for branch in self.branches]
        if verify:
            self._require_mac(key, walk.mac())
        return branches

    def _require_mac(self, key: bytes, found: str) -> None:
        if not self.metadata.mac:
            raise SopsProblem("MAC mismatch: the document has no MAC")
        said = opened(self.metadata.mac, key, _canonical(self.metadata.modified))
        if not isinstance(said, str) or not hmac.compare_digest(said.encode(), found.encode()):
            raise SopsProblem(
                "MAC mismatch: keys or values were added, changed or taken away since it was "
                "encrypted"
            )


class _Walk:
    """Goes through the values in their order, and keeps account of them for the MAC."""

    def __init__(self, key: bytes, rule: Rule, *, only_encrypted: bool) -> None:
        self._key = key
        self._rule = rule
        self._only_encrypted = only_encrypted
        self._hash = hashlib.sha512(_ONLY_ENCRYPTED if only_encrypted else b"")

    def mac(self) -> str:
        """The MAC of all that was gone through."""
        return self._hash.hexdigest().upper()

    def branch(self, branch: Branch, path: tuple[str, ...]) -> Branch:
        """A branch in plain text."""
        found: Branch = {}
        with self._rule.comments() as comments:
            for key, value in branch.items():
                if isinstance(key, Comment):
                    comments.append(key.text)
                    found[self._comment(key, path)] = None
                else:
                    found[key] = self._value(value, (*path, key))
                    comments.clear()
        return found

    def _list(self, items: list[object], path: tuple[str, ...]) -> list[object]:
        found: list[object] = []
        with self._rule.comments() as comments:
            for item in items:
                if isinstance(item, Comment):
                    comments.append(item.text)
                    found.append(self._comment(item, path))
                else:
                    found.append(self._value(item, path))
                    comments.clear()
        return found

    def _value(self, value: object, path: tuple[str, ...]) -> object:
        if isinstance(value, dict):
            return self.branch(value, path)
        if isinstance(value, list):
            return self._list(value, path)
        if value is None:
            return None
        encrypted = self._rule.covers(path)
        with named(".".join(path)):
            plain = self._opened(value, path) if encrypted else value
        # In a list of YAML an encrypted comment is an entry like all others.
        is_counted = encrypted or not self._only_encrypted
        if is_counted and not isinstance(plain, Comment):
            self._hash.update(mac_text(plain))
        return plain

    def _comment(self, comment: Comment, path: tuple[str, ...]) -> Comment:
        """A comment in plain text. One that does not open was not encrypted (as SOPS takes it)."""
        if not self._rule.covers(path, comment=True):
            return comment
        try:
            plain = self._opened(comment.text, path)
        except SopsProblem:
            return comment
        return plain if isinstance(plain, Comment) else Comment(mac_text(plain).decode())

    def _opened(self, value: object, path: tuple[str, ...]) -> object:
        if not isinstance(value, str):
            raise SopsProblem("is not encrypted, and should be")
        return opened(value, self._key, f"{':'.join(path)}:")


def _canonical(moment: str) -> str:
    """The time of the last change as Go prints it, in which form it was authenticated."""
    try:
        parsed = datetime.fromisoformat(moment)
    except ValueError:
        raise SopsProblem("lastmodified is no time") from None
    if parsed.utcoffset() in (None, UTC.utcoffset(None)):
        return parsed.strftime("%Y-%m-%dT%H:%M:%SZ")
    return parsed.isoformat(timespec="seconds")
