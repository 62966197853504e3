"""Remote bases and files for builds on this machine: git repositories and URLs, each fetched anew.

The git repositories come over `shared.git`, without a work tree and without submodules; over SSH
with the keys and known hosts of whoever runs the command.
"""

from __future__ import annotations

import asyncio
import re
import tempfile
import urllib.error
import urllib.request
from datetime import timedelta
from pathlib import Path

from kustomize.problem import BuildError
from kustomize.remote import SECONDS, Fetched, Repository
from shared.git.credential import ANONYMOUS, Credential, Secret
from shared.git.deadline import MIB, Limits
from shared.git.error import GitError, ReferenceNotFound
from shared.git.remote import Remotes
from shared.git.revision import Candidate, Refs, Wish
from shared.git.tree import Content
from shared.manifest.tree import Tree
from shared.runtime.clock import SystemClock

LIMITS = Limits(received=512 * MIB, content=512 * MIB)
LARGEST_FILE = 64 * MIB
KEYS = ("id_ed25519", "id_ecdsa", "id_rsa")

_COMMIT = re.compile(r"[0-9a-f]{40}")
_REFERENCE = re.compile(r"[\x21-\x7e]{1,250}")
_SHORT = re.compile(r"(?:([^@/:]+)@)?([^/:]+):(?!//)(.*)")


class GitRemotes:
    """Fetches for a build. `home`: where `.ssh` is."""

    def __init__(self, home: Path) -> None:
        self._home = home

    def repository(self, repository: Repository) -> Fetched:
        """The files of a repository. Raises BuildError."""
        try:
            with tempfile.TemporaryDirectory(prefix="penstock-git-") as place:
                return asyncio.run(self._fetched(repository, Path(place)))
        except GitError as error:
            raise BuildError(f"cannot fetch '{repository.url}': {error}") from error

    def file(self, url: str) -> bytes:
        """What is at a URL. Raises BuildError."""
        try:
            with urllib.request.urlopen(url, timeout=SECONDS) as response:
                content: bytes = response.read(LARGEST_FILE + 1)
        except urllib.error.HTTPError as error:
            error.close()
            raise BuildError(f"HTTP Error: status code {error.code} ({error.reason})") from error
        except (OSError, ValueError) as error:
            raise BuildError(f"cannot fetch '{url}': {error}") from error
        if len(content) > LARGEST_FILE:
            raise BuildError(f"'{url}' has more than {LARGEST_FILE // MIB} MiB")
        return content

    async def _fetched(self, repository: Repository, place: Path) -> Fetched:
        url, local = url_of(repository.url)
        remotes = Remotes(place, SystemClock(), LIMITS, local=local)
        credential = self._ssh() if url.startswith("ssh://") else ANONYMOUS
        limit = timedelta(seconds=repository.seconds)
        checkout = await remotes.checkout(url, wish_of(repository.ref), credential, limit)
        return Fetched(Tree(checkout.read(_files)), checkout.commit.digest)

    def _ssh(self) -> Credential:
        folder = self._home / ".ssh"
        try:
            keys = [(folder / name).read_text() for name in KEYS if (folder / name).exists()]
            hosts = (folder / "known_hosts").read_text()
        except OSError as error:
            raise GitError(f"SSH needs {error.filename}: {error.strerror}") from error
        if not keys:
            raise GitError(f"SSH needs a key: {folder} has none of {', '.join(KEYS)}")
        return Credential(identity=Secret(keys[0]), known_hosts=hosts)


def url_of(spelled: str) -> tuple[str, tuple[tuple[str, Path], ...]]:
    """The URL of a repository that Git would clone by this spelling, and the directory that it is
    served from where it is on this machine."""
    if spelled.startswith("file://"):
        return spelled, ((spelled, Path(spelled.removeprefix("file://"))),)
    found = None if "://" in spelled else _SHORT.fullmatch(spelled)
    if found is None:
        return spelled, ()
    return f"ssh://{found[1] or 'git'}@{found[2]}/{found[3].lstrip('/')}", ()


def wish_of(ref: str) -> Wish:
    """What `git fetch` would take a reference for: a commit, a whole name, a tag, a branch; nothing
    is what the remote itself has as its head. Raises GitError for what cannot be one."""
    if ref and not _REFERENCE.fullmatch(ref):
        raise GitError(f"'{ref[:80]!r}' is not the name of a reference")
    if _COMMIT.fullmatch(ref):
        return Wish(("HEAD",), lambda _: (Candidate("", ref),))
    names = (ref, f"refs/{ref}", f"refs/tags/{ref}", f"refs/heads/{ref}") if ref else ("HEAD",)

    def pick(refs: Refs) -> tuple[Candidate, ...]:
        for name in names:
            if name in refs:
                return (Candidate(name, refs[name]),)
        raise ReferenceNotFound(f"couldn't find remote ref {ref or 'HEAD'}")

    return Wish(names, pick)


def _files(content: Content) -> dict[str, bytes]:
    return {file.path: content.read(file) for file in content.listing()}
