"""What we have of one remote: a bare repository on disk, without history where none is needed.

What was fetched whole is kept, so that the next fetch says what is there and is sent only what is
not: a commit that came without its history is in the list of those, anything else is under
`refs/kept/<id>`. Whoever uses a mirror holds its lock.
"""

from __future__ import annotations

import hashlib
import shutil
import struct
import traceback
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from dulwich.errors import (
    ApplyDeltaError,
    ChecksumMismatch,
    FileFormatException,
    NotGitRepository,
    ObjectMissing,
)
from dulwich.object_store import PackBasedObjectStore
from dulwich.objects import S_ISGITLINK, ObjectID, Tag, Tree
from dulwich.objects import Commit as GitCommit
from dulwich.pack import UnresolvedDeltas, generate_unpacked_objects
from dulwich.refs import Ref
from dulwich.repo import Repo

from shared.git.error import GitError
from shared.git.revision import Commit

KEPT = b"refs/kept/"
MOST_KEPT = 16
MOST_PACKS = 24

CORRUPTION = (
    ApplyDeltaError,
    AssertionError,
    ChecksumMismatch,
    FileFormatException,
    LookupError,
    NotGitRepository,
    ObjectMissing,
    UnresolvedDeltas,
    ValueError,
    struct.error,
    zlib.error,
)
"""What dulwich raises where a repository on disk is not what it was, or a pack none that it can be
made of."""


class Mirror:
    """An open mirror."""

    def __init__(self, repo: Repo, path: Path) -> None:
        self._repo = repo
        self._packs = path / "objects" / "pack"

    @property
    def store(self) -> PackBasedObjectStore:
        """The objects."""
        return self._repo.object_store

    def has(self, target: str) -> bool:
        """Whether an object is here, and with it all that it needs."""
        return ObjectID(target.encode()) in self.store

    def kept(self) -> list[ObjectID]:
        """The objects that were fetched whole, as far as they are still here: what a machine lost
        as it went down would otherwise never be sent again."""
        return _kept(self._repo)

    def shallow(self) -> set[ObjectID]:
        """The commits whose parents are not here."""
        return set(self._repo.get_shallow())

    def keep(self, target: str) -> None:
        """Remember an object as whole."""
        name = ObjectID(target.encode())
        if name not in self._repo.get_shallow():
            self._repo.refs[Ref(KEPT + name)] = name

    def deepened(self, shallow: set[ObjectID], unshallow: set[ObjectID]) -> None:
        """Take down where history now ends, and where it no longer does."""
        self._repo.update_shallow(shallow, unshallow)

    def compact(self, *needed: str) -> None:
        """Rewrite many packs into one that holds only what is needed and here, once there are
        many."""
        if len(self.store.packs) > MOST_PACKS:
            here = {ObjectID(name.encode()) for name in filter(self.has, needed)}
            _rewrite(self._repo, self._packs, here)


@contextmanager
def opened(path: Path) -> Iterator[Mirror]:
    """The mirror at `path`, made where there is none. Raises one of CORRUPTION, or OSError."""
    fresh = not (path / "HEAD").exists()
    if fresh:
        shutil.rmtree(path, ignore_errors=True)
        path.mkdir(parents=True, mode=0o700)
    repo = Repo.init_bare(path) if fresh else Repo(path, bare=True)
    try:
        if not fresh:
            _sweep(path)
        yield Mirror(repo, path)
    except CORRUPTION as fault:
        # dulwich's frames hold on to the files that are to be closed.
        traceback.clear_frames(fault.__traceback__)
        raise
    finally:
        repo.close()


def commit_of(store: PackBasedObjectStore, target: str, reference: str) -> Commit:
    """The commit that an object is, or that a tag leads to. Raises GitError where it leads to
    something else."""
    found = store[ObjectID(target.encode())]
    for _ in range(8):
        if not isinstance(found, Tag):
            break
        found = store[found.object[1]]
    if not isinstance(found, GitCommit):
        raise GitError(f"'{reference or target}' leads to no commit")
    message = found.message.decode(errors="replace")
    subject = "".join(c if c.isprintable() else " " for c in message.split("\n", 1)[0])
    raw = _raw(store, found.id, b"commit", b"tree " + found.tree)
    return Commit(
        found.id.decode(), reference, subject.strip(), found.commit_time, raw, _tag(store, target)
    )


def _tag(store: PackBasedObjectStore, target: str) -> bytes:
    """The bytes of a tag; none where the object is something else."""
    found = store[ObjectID(target.encode())]
    if not isinstance(found, Tag):
        return b""
    return _raw(store, found.id, b"tag", b"object " + found.object[1])


def _raw(store: PackBasedObjectStore, name: ObjectID, kind: bytes, first_line: bytes) -> bytes:
    """The bytes of an object, held against its name. Raises GitError where the first line is not
    what was made of it: what is verified has to be what is used."""
    _, content = store.get_raw(name)
    header = b"%s %d\0" % (kind, len(content))
    if hashlib.sha1(header + content, usedforsecurity=False).hexdigest().encode() != name:
        raise KeyError(f"the object {name.decode()} is damaged")
    if not content.startswith(first_line + b"\n"):
        raise GitError(f"the object {name.decode()} can be read in more than one way")
    return content


def tree_of(store: PackBasedObjectStore, commit: str) -> bytes:
    """The id of a commit's tree."""
    found = store[ObjectID(commit.encode())]
    if not isinstance(found, GitCommit):
        raise GitError(f"{commit} is no commit")
    return bytes(found.tree)


def leads_to(store: PackBasedObjectStore, tip: str, commit: str) -> bool:
    """Whether `commit` is in the history of `tip`, as far as it is here."""
    ahead, seen = [ObjectID(tip.encode())], set[ObjectID]()
    while ahead:
        name = ahead.pop()
        if name in seen or name not in store:
            continue
        if name == commit.encode():
            return True
        seen.add(name)
        found = store[name]
        ahead.extend(found.parents if isinstance(found, GitCommit) else [])
        if isinstance(found, Tag):
            ahead.append(found.object[1])
    return False


def _sweep(path: Path) -> None:
    """Remove what a fetch that was cut short has left. Nobody else is here: we hold the lock."""
    for pack in (path / "objects" / "pack").glob("*.pack"):
        if not pack.with_suffix(".idx").exists():
            pack.unlink(missing_ok=True)
    for leftover in (path / "objects").glob("tmp_pack_*"):
        leftover.unlink(missing_ok=True)


def _rewrite(repo: Repo, packs: Path, needed: set[ObjectID]) -> None:
    store, shallow = repo.object_store, set(repo.get_shallow())
    dated = sorted(_kept(repo), key=lambda name: -_age(store, name))
    needed |= set(dated[:MOST_KEPT])
    reached = _reachable(store, needed, shallow)
    old = set(packs.glob("*.pack"))
    unpacked = generate_unpacked_objects(store, [(name, None) for name in reached], deltify=False)
    pack = store.add_pack_data(len(reached), unpacked)
    kept_now = {packs / f"pack-{pack.name().decode()}.pack"} if pack else set()
    for name, target in repo.refs.as_dict(Ref(KEPT.rstrip(b"/"))).items():
        if target not in needed:
            del repo.refs[Ref(KEPT + name)]
    repo.update_shallow(set(), shallow - reached)
    for path in old - kept_now:
        path.unlink()
        path.with_suffix(".idx").unlink()


def _kept(repo: Repo) -> list[ObjectID]:
    named = repo.refs.as_dict(Ref(KEPT.rstrip(b"/"))).values()
    whole = dict.fromkeys((*named, *sorted(repo.get_shallow())))
    return [name for name in whole if name in repo.object_store]


def _age(store: PackBasedObjectStore, name: ObjectID) -> int:
    found = store[name]
    return found.commit_time if isinstance(found, GitCommit) else 0


def _reachable(
    store: PackBasedObjectStore, roots: set[ObjectID], shallow: set[ObjectID]
) -> set[ObjectID]:
    """Every object that the roots need."""
    reached: set[ObjectID] = set()
    ahead = list(roots)
    while ahead:
        name = ahead.pop()
        if name in reached:
            continue
        reached.add(name)
        found = store[name]
        if isinstance(found, Tag):
            ahead.append(found.object[1])
        elif isinstance(found, GitCommit):
            ahead.extend([found.tree, *(() if name in shallow else found.parents)])
        elif isinstance(found, Tree):
            ahead.extend(entry for _, mode, entry in found.items() if not S_ISGITLINK(mode))
    return reached
