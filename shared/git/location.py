"""Where a repository is: a URL of the kind that we follow, and how it is shown to people. Pure.

The grammar is narrower than Git's (reliability-security.md G-01): http, https and ssh only,
printable ASCII, no query, nothing that a shell or a command line could take for more than a name.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import SplitResult, unquote, urlsplit

from shared.git.credential import HIDDEN, NOTHING, Secret
from shared.git.error import InvalidLocation

PORTS = {"http": 80, "https": 443, "ssh": 22}

_HOST = re.compile(r"[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?|[0-9A-Fa-f:]+")
_PATH = re.compile(r"[A-Za-z0-9._~!@+,:=%/()&*-]*")
_USERINFO = re.compile(r"//[^/]*@")
_LONGEST = 2_048


@dataclass(frozen=True, slots=True)
class Location:
    """A repository's URL, taken apart. `port` is the scheme's own where the URL names none."""

    scheme: str
    host: str
    port: int
    path: str
    username: str = ""
    password: Secret = NOTHING

    @property
    def netloc(self) -> str:
        """`host`, or `host:port` where the port is not the scheme's own."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == PORTS[self.scheme] else f"{host}:{self.port}"

    @property
    def url(self) -> str:
        """The URL without user and password: what is asked for, and what may be shown."""
        return f"{self.scheme}://{self.netloc}{self.path}"

    def __str__(self) -> str:
        return self.url


def parse(url: str) -> Location:
    """Read a URL. Raises InvalidLocation, with the URL as far as it may be shown."""
    if len(url) > _LONGEST or not url.isascii() or not url.isprintable() or " " in url:
        raise InvalidLocation(
            f"failed to parse url '{redact(url)}': it is too long, or has spaces, control or other "
            "characters that do not belong into a URL"
        )
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise InvalidLocation(f"failed to parse url '{redact(url)}': {error}") from None
    if fault := _fault(parts):
        raise InvalidLocation(f"failed to parse url '{redact(url)}': {fault}")
    return Location(
        parts.scheme,
        parts.hostname or "",
        port or PORTS[parts.scheme],
        parts.path,
        unquote(parts.username or ""),
        Secret(unquote(parts.password or "")),
    )


def redact(url: str) -> str:
    """A URL, however broken, without what may be a user name, a password or a token in it."""
    shown = "".join(c if c.isprintable() else "_" for c in url[:_LONGEST])
    shown = _USERINFO.sub(f"//{HIDDEN}@", shown, count=1)
    return shown.partition("?")[0]


def _fault(parts: SplitResult) -> str:
    """What is wrong with a URL; an empty string where nothing is."""
    path = unquote(parts.path)
    if parts.scheme not in PORTS:
        return f"the scheme has to be one of {', '.join(sorted(PORTS))}"
    if not parts.hostname or not _HOST.fullmatch(parts.hostname):
        return "it names no host"
    if parts.query or parts.fragment:
        return "the URL of a repository has no query and no fragment"
    if not _PATH.fullmatch(parts.path) or not _PATH.fullmatch(path.replace(" ", "")):
        return "its path has characters that do not belong there"
    if path.startswith("/-") or (parts.username or "").startswith("-"):
        return "a name that starts with a dash could be taken for an option"
    return ""
