"""Places outside of the tree: which spellings mean a git repository or a file, and who fetches it.

The table of spellings is kustomize's own. `//` or `_git/` or `.git` tells where in a URL the path
of the repository ends and the directory in it begins; without any of these the repository is what
two parts of the path name, as at GitHub (for `file://` it is all of the path).
"""

from __future__ import annotations

import posixpath
import re
from dataclasses import dataclass
from typing import Protocol
from urllib.parse import parse_qsl

from shared.manifest.tree import Tree

SECONDS = 27.0
"""How long fetching may take where the URL does not say."""

_SCHEMES = ("ssh://", "https://", "http://", "file://")
_USER = re.compile(r"[a-zA-Z][a-zA-Z0-9-]*@")
_TRUE = frozenset(("1", "t", "T", "TRUE", "true", "True"))
_FALSE = frozenset(("0", "f", "F", "FALSE", "false", "False"))
_UNITS = {"ns": 1e-9, "us": 1e-6, "µs": 1e-6, "ms": 1e-3, "s": 1.0, "m": 60.0, "h": 3600.0}
_DURATION = re.compile(r"(?:[0-9]+(?:\.[0-9]*)?(?:ns|us|µs|ms|s|m|h)){1,8}")
_STEP = re.compile(r"([0-9.]+)(ns|us|µs|ms|s|m|h)")
_ELSEWHERE = re.compile(r"^(?:git::)?[a-zA-Z][a-zA-Z0-9+.-]*://|^git::|^(?:gh|github\.com)[:/]")
_USER_AND_HOST = re.compile(r"^[^/]+@[^/]+:")


@dataclass(frozen=True, slots=True)
class Repository:
    """A directory of a git repository. `spelled`: as the kustomization has it; `url`: what Git
    would clone; `ref`: a branch, tag or commit, empty for the remote's own; `seconds`: the time
    that fetching may take; `submodules`: whether those are wanted too."""

    spelled: str
    url: str
    directory: str
    ref: str = ""
    seconds: float = SECONDS
    submodules: bool = True


@dataclass(frozen=True, slots=True)
class Fetched:
    """The files of a repository, and the commit they are of."""

    tree: Tree
    revision: str


class Remotes(Protocol):
    """Fetches what is outside of the tree. May be asked for the same thing again by a later build,
    never twice by one. Both raise BuildError where nothing comes of it."""

    def repository(self, repository: Repository) -> Fetched:
        """All files of the repository, not only those of the directory."""

    def file(self, url: str) -> bytes:
        """What is at an http or https URL."""


def repository_of(text: str) -> Repository | None:
    """The repository that a text names in a form that kustomize knows, or None."""
    if text.startswith("/"):
        return None
    place, _, query = text.partition("?")
    host, path = _host_and_path(_without(place, "git::"))
    parts = _parts(path, whole=host == "file://") if host else None
    if parts is None or not parts[0] or _exits(parts[1]):
        return None
    ref, seconds, submodules = _asked(query)
    return Repository(
        text, host + parts[0], parts[1].removeprefix("/").strip("/"), ref, seconds, submodules
    )


def is_url(path: str) -> bool:
    """Whether a path is fetched by HTTP when a file is wanted."""
    return path.lower().startswith(("http://", "https://"))


def is_remote(path: str) -> bool:
    """Whether a path names a place outside of the tree: a URL, or a git repository in any form."""
    return bool(_ELSEWHERE.search(path) or _USER_AND_HOST.search(path))


def _host_and_path(place: str) -> tuple[str, str]:
    """What comes before the path (`https://host/`, `git@host:`), and the path; no host for what
    cannot be a repository."""
    scheme = next((each for each in _SCHEMES if place.lower().startswith(each)), "")
    rest = place[len(scheme) :]
    found = _USER.match(rest)
    user = found[0] if found else ""
    is_github = rest[len(user) :].lower().startswith(("github.com/", "github.com:"))
    if scheme == "file://":
        return scheme, rest
    if not (scheme or user or is_github):
        return "", ""
    host, path = _split(rest[len(user) :], with_colon=not scheme)
    if is_github:
        # Whoever is named and however: over SSH if there is any sign of it, else over HTTPS.
        host = f"{user}github.com:" if scheme == "ssh://" or user else "https://github.com/"
        return host, path
    return (scheme + user + host, path) if host else ("", "")


def _split(text: str, *, with_colon: bool) -> tuple[str, str]:
    """A host with the sign that ends it, and what follows."""
    slash, colon = text.find("/"), text.find(":") if with_colon else -1
    end = colon if slash < 0 or 0 < colon < slash else slash
    return (text[: end + 1], text[end + 1 :]) if end >= 0 else (text, "")


def _parts(path: str, *, whole: bool) -> tuple[str, str] | None:
    """The path of the repository, and the one within it."""
    before, mark, after = path.partition("_git/")
    if mark:
        name, _, below = after.partition("/")
        return before + mark + name, below
    before, mark, after = path.partition("//")
    if mark:
        return before, after
    before, mark, after = path.partition(".git")
    if mark:
        return before + mark, after
    if whole:
        return path, ""
    parts = path.split("/")
    return ("/".join(parts[:2]), "/".join(parts[2:])) if len(parts) > 1 else None


def _exits(directory: str) -> bool:
    return posixpath.normpath(directory.removeprefix("/")).split("/")[0] == ".."


def _asked(query: str) -> tuple[str, float, bool]:
    """What the query of a URL asks for: reference, seconds, submodules."""
    if ";" in query:
        return "", SECONDS, True
    given: dict[str, str] = {}
    for name, value in parse_qsl(query, max_num_fields=100) if query.count("&") < 100 else ():
        given.setdefault(name, value)
    wanted = given.get("submodules", "")
    submodules = wanted in _TRUE or wanted not in _FALSE
    return given.get("ref") or given.get("version", ""), _seconds(given), submodules


def _seconds(given: dict[str, str]) -> float:
    text = given.get("timeout", "")[:40]
    if re.fullmatch(r"\+?[0-9]{1,9}", text) and int(text) > 0:
        return float(int(text))
    if not _DURATION.fullmatch(text):
        return SECONDS
    return sum(float(number) * _UNITS[unit] for number, unit in _STEP.findall(text)) or SECONDS


def _without(text: str, prefix: str) -> str:
    return text[len(prefix) :] if text.lower().startswith(prefix) else text
