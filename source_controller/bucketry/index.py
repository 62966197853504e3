"""What a bucket holds, as keys and tags, and the revision that is made of it. Pure."""

from __future__ import annotations

import posixpath
from collections.abc import Iterable
from dataclasses import dataclass, field

from shared.artifact.digest import DEFAULT, hasher, parse
from shared.artifact.error import ArtifactError
from shared.artifact.path import checked
from shared.object_store.thing import Listed
from shared.problem import Problem
from source_controller.ignore import FILE, Rules

MOST_LISTED = 1_000_000
MOST_KEPT = 250_000
MOST_BYTES = 1024 * 1024 * 1024


class IndexProblem(Problem):
    """What is in a bucket cannot become an artifact. The message names the object or the limit."""


@dataclass(slots=True)
class Index:
    """The objects that are wanted, by their keys."""

    objects: dict[str, Listed] = field(default_factory=dict)
    listed: int = 0
    size: int = 0

    def take(self, page: Iterable[Listed], rules: Rules) -> None:
        """Take in what is wanted of a page. Raises IndexProblem beyond the limits, IgnoreError."""
        for one in page:
            self.listed += 1
            if one.key.endswith("/") or one.key == FILE or rules.ignores(one.key):
                continue
            self.objects[one.key] = one
            self.size += one.size
        self._check()

    def digest(self, algorithm: str = DEFAULT) -> str:
        """The revision: a digest of the lines `<key> <tag>`, sorted, as Flux makes it (flux.md
        2.6)."""
        made = hasher(algorithm)
        for key in sorted(self.objects):
            made.update(f"{key} {self.objects[key].tag}\n".encode("utf-8", "surrogatepass"))
        return f"{algorithm}:{made.hexdigest()}"

    def is_of(self, revision: str) -> bool:
        """Whether a revision was made of the same objects, by whatever algorithm."""
        try:
            algorithm, value = parse(revision)
        except ArtifactError:
            return False
        return self.digest(algorithm) == f"{algorithm}:{value}"

    def paths(self) -> dict[str, str]:
        """Where each object is to be in the artifact, by its key. Raises IndexProblem for a key
        that can be no path, and for two that would be one."""
        found: dict[str, str] = {}
        taken: dict[str, str] = {}
        for key in self.objects:
            path = path_of(key)
            if path in taken or path == FILE:
                other = taken.get(path, FILE)
                raise IndexProblem(f"objects '{other}' and '{key}' would be one file, {path!r}")
            found[key], taken[path] = path, key
        _refuse_files_as_directories(taken)
        return found

    def _check(self) -> None:
        if self.listed > MOST_LISTED:
            raise IndexProblem(f"there are more than {MOST_LISTED} objects: narrow spec.prefix")
        if len(self.objects) > MOST_KEPT:
            raise IndexProblem(
                f"there are more than {MOST_KEPT} objects that are not ignored: narrow spec.prefix "
                "or spec.ignore"
            )
        if self.size > MOST_BYTES:
            raise IndexProblem(
                f"the objects have more than {MOST_BYTES // 1024 // 1024} MiB: narrow spec.prefix "
                "or spec.ignore"
            )


def path_of(key: str) -> str:
    """The path in an artifact that a key stands for: `..` never leads out, `//` is `/`. Raises
    IndexProblem for a key that nobody could make a file of."""
    path = posixpath.normpath(f"/{key}").lstrip("/")
    try:
        path.encode()
        return checked(path)
    except (ArtifactError, UnicodeEncodeError):
        raise IndexProblem(
            f"object {key[:200]!r} can be no file: rename it, or leave it out by spec.ignore"
        ) from None


def _refuse_files_as_directories(taken: dict[str, str]) -> None:
    for path, key in taken.items():
        parent = path.rpartition("/")[0]
        while parent:
            if parent in taken:
                raise IndexProblem(
                    f"object '{taken[parent]}' would be a file, and a directory for '{key}'"
                )
            parent = parent.rpartition("/")[0]
