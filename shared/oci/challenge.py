"""What a registry asks for, and who may be shown what it was given for it. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from shared.oci.location import Location

_LONGEST = 4_096
_SCHEME = re.compile(r"\s*([A-Za-z]+)\s+(?=[A-Za-z_]+=)|\s*([A-Za-z]+)\s*(?:,|$)")
_PARAMETER = re.compile(r'\s*([A-Za-z_]+)=(?:"((?:[^"\\]|\\.)*)"|([^\s,"]+))\s*(?:,|$)')
# Below these anybody can have a name: the parent of a registry there says nothing.
_PUBLIC = re.compile(r"[^.]+|(?:ac|co|com|edu|gov|net|org)\.[a-z]{2}")


@dataclass(frozen=True, slots=True)
class Challenge:
    """One way to sign in: `basic` or `bearer`, and where and for what a token is to be had."""

    scheme: str
    parameters: Mapping[str, str] = field(default_factory=dict)

    @property
    def realm(self) -> str:
        """The URL of the token server."""
        return self.parameters.get("realm", "")


def challenges(headers: Iterable[str]) -> list[Challenge]:
    """The challenges of an answer's WWW-Authenticate headers; what cannot be read ends its
    header."""
    return [one for header in headers for one in _parsed(header[:_LONGEST])]


def is_trusted(realm: str, location: Location, allowed: Iterable[str]) -> bool:
    """Whether the token server at a URL may be shown what is for the registry: the registry's own
    host, one below it, one with the same parent (`registry.example.org` and `auth.example.org`), or
    one that is allowed."""
    host = (urlsplit(realm).hostname or "").lower()
    own = location.host
    if not host or host in {own, *(name.lower() for name in allowed)} or not _is_name(own):
        return bool(host) and host in {own, *(name.lower() for name in allowed)}
    parent = own.partition(".")[2]
    near = [own] if _PUBLIC.fullmatch(parent) or not parent else [own, parent]
    return any(host == name or host.endswith(f".{name}") for name in near)


def _is_name(host: str) -> bool:
    """Whether a host is a name with a domain, and no address."""
    return "." in host and not host.replace(".", "").isdigit() and not host.startswith("[")


def _parsed(header: str) -> list[Challenge]:
    found: list[Challenge] = []
    at = 0
    while scheme := _SCHEME.match(header, at):
        at = scheme.end()
        parameters: dict[str, str] = {}
        while one := _PARAMETER.match(header, at):
            at = one.end()
            parameters[one[1].lower()] = _plain(one[2]) if one[2] is not None else one[3]
        found.append(Challenge((scheme[1] or scheme[2]).lower(), parameters))
    return found


def _plain(quoted: str) -> str:
    return re.sub(r"\\(.)", r"\1", quoted)
