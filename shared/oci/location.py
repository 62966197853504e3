"""Where an artifact is: registry, repository, tag and digest. Pure.

The grammar is that of the distribution specification, and not a letter more.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from shared.oci.error import InvalidLocation

SCHEME = "oci://"
HUB = "index.docker.io"
"""What a repository without a registry in front is meant to be at, as in Docker and in Flux."""

_ALIASES = {"docker.io": HUB, "registry-1.docker.io": HUB}
_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?"
_REGISTRY = re.compile(rf"(?:{_LABEL}(?:\.{_LABEL})*|\[[0-9A-Fa-f:.]+\])(?::[0-9]{{1,5}})?")
_PART = r"[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*"
_REPOSITORY = re.compile(rf"{_PART}(?:/{_PART})*")
_TAG = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,127}")
_DIGEST = re.compile(r"sha256:[0-9a-f]{64}|sha512:[0-9a-f]{128}")
_LONGEST = 255


@dataclass(frozen=True, slots=True)
class Location:
    """A repository: the registry as `host` or `host:port`, and the path within it."""

    registry: str
    repository: str

    @property
    def host(self) -> str:
        """The registry without its port, in lower case."""
        return re.sub(r":[0-9]+$", "", self.registry).lower()

    def below(self, name: str) -> Location:
        """The repository `name` below this one. Raises InvalidLocation."""
        return parse(f"{SCHEME}{self}/{name}")

    def __str__(self) -> str:
        return f"{self.registry}/{self.repository}"


def parse(url: str) -> Location:
    """Read `oci://<registry>/<repository>`. Raises InvalidLocation, which shows nothing that may be
    a password."""
    if not url.startswith(SCHEME):
        raise InvalidLocation("the URL has to be like 'oci://<registry>/<repository>'")
    registry, repository = _split(url.removeprefix(SCHEME))
    if not _REGISTRY.fullmatch(registry):
        raise InvalidLocation("the registry has to be a host, or host:port, without a user")
    name, colon, tag = repository.partition(":")
    if colon and _REPOSITORY.fullmatch(name) and _TAG.fullmatch(tag):
        raise InvalidLocation(f"URL must not contain a tag; remove ':{tag}'")
    if "@" in repository:
        raise InvalidLocation("URL must not contain a digest: use spec.ref.digest")
    if not _REPOSITORY.fullmatch(repository) or len(repository) > _LONGEST:
        raise InvalidLocation(
            f"'{repository[:_LONGEST]}' is no name of a repository: it has to be of lower-case "
            "letters, digits and single separators"
        )
    return Location(registry, repository)


def is_tag(text: str) -> bool:
    """Whether a text can be a tag."""
    return _TAG.fullmatch(text) is not None


def is_digest(text: str) -> bool:
    """Whether a text can be a digest, of an algorithm that is good enough."""
    return _DIGEST.fullmatch(text) is not None


def check_tag(tag: str) -> str:
    """The tag. Raises InvalidLocation where it can be none."""
    if not is_tag(tag):
        raise InvalidLocation(
            f"'{tag[:128]}' is no tag: it has to be up to 128 letters, digits, '_', '.' and '-'"
        )
    return tag


def check_digest(digest: str) -> str:
    """The digest. Raises InvalidLocation where it can be none."""
    if not is_digest(digest):
        raise InvalidLocation(
            f"'{digest[:160]}' is no digest: it has to be 'sha256:' and 64 hexadecimal digits"
        )
    return digest


def _split(text: str) -> tuple[str, str]:
    """Registry and repository. A first part that could not be a host belongs to the repository."""
    first, slash, rest = text.partition("/")
    rest = rest.removesuffix("/")
    if slash and ("." in first or ":" in first or first == "localhost"):
        return _ALIASES.get(first, first), _official(first, rest)
    return HUB, _official(HUB, text)


def _official(registry: str, repository: str) -> str:
    """Docker's own images have `library` in front that nobody writes."""
    is_short = _ALIASES.get(registry, registry) == HUB and "/" not in repository
    return f"library/{repository}" if is_short and repository else repository
