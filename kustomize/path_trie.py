"""Many paths looked for in one walk."""

from __future__ import annotations

from collections.abc import Container, Iterable
from typing import NamedTuple, cast

from kustomize.fieldspec import Step
from kustomize.scalar import is_null, text_of
from shared.manifest.identity import Manifest


class Hit(NamedTuple):
    """A field that a path leads to: the number of the path, the mapping and the name in it."""

    number: int
    holder: Manifest
    name: str


class PathTrie:
    """Paths, numbered in their order, that share their beginnings."""

    __slots__ = ("below", "numbers")

    def __init__(self) -> None:
        self.numbers: list[int] = []
        """The paths that end here."""
        self.below: dict[str, PathTrie] = {}
        """The names by which others go on."""

    @classmethod
    def of(cls, paths: Iterable[tuple[Step, ...]]) -> PathTrie:
        """A trie of paths."""
        root = cls()
        for number, path in enumerate(paths):
            trie = root
            for name, _ in path:
                trie = trie.below.setdefault(name, cls())
            trie.numbers.append(number)
        return root

    def hits(self, manifest: Manifest, texts: Container[str]) -> list[Hit] | None:
        """The fields that the paths lead to and that hold one of the texts, or no text at all, in
        the order of the paths. None where a path meets a scalar on its way."""
        found: list[Hit] = []
        if not _walk(self, manifest, texts, found):
            return None
        found.sort(key=lambda hit: hit.number)
        return found


def _walk(trie: PathTrie, node: object, texts: Container[str], found: list[Hit]) -> bool:
    if type(node) is list:
        return all(_walk(trie, item, texts, found) for item in node)
    if type(node) is not dict:
        return is_null(node)
    holder = cast("Manifest", node)
    for name, below in trie.below.items():
        if name not in holder:
            continue
        value = holder[name]
        if below.numbers and (type(value) in (dict, list) or text_of(value) in texts):
            found += [Hit(number, holder, name) for number in below.numbers]
        if below.below and not _walk(below, value, texts, found):
            return False
    return True
