"""Addresses of Helm repositories and of what they refer to. Pure."""

from __future__ import annotations

from urllib.parse import SplitResult, urljoin, urlsplit, urlunsplit

from shared.git.location import redact
from source_controller.helm.problem import InvalidUrl

OCI = "oci://"
WEB = ("http://", "https://")
_LONGEST = 4_096


def is_oci(url: str) -> bool:
    """Whether a repository is a place in a registry."""
    return url.startswith(OCI)


def normalised(url: str) -> str:
    """The form in which repositories are compared: one slash at the end, none for a registry.

    Raises InvalidUrl.
    """
    if not url:
        return ""
    parts = split(url)
    path = parts.path.rstrip("/")
    return urlunsplit(parts._replace(path=path if parts.scheme == "oci" else f"{path}/"))


def split(url: str) -> SplitResult:
    """The parts of a URL. Raises InvalidUrl, which quotes no password."""
    if len(url) > _LONGEST or not url.isprintable() or any(c in url for c in ' \\<>"`{}'):
        raise InvalidUrl(f"parse {redact(url[:200])!r}: it has characters that no URL has")
    try:
        parts = urlsplit(url)
        has_port = parts.port is None or parts.port > 0
    except ValueError as error:
        raise InvalidUrl(f"parse {redact(url)!r}: {error}") from None
    if not has_port:
        raise InvalidUrl(f"parse {redact(url)!r}: the port is 0")
    return parts


def shown(url: str) -> str:
    """A URL as it may be shown: without user, password and query."""
    return redact(url)


def index_of(url: str) -> str:
    """Where the index of a repository is."""
    parts = split(url)
    return urlunsplit(parts._replace(path=f"{parts.path.rstrip('/')}/index.yaml"))


def resolved(base: str, reference: str) -> str:
    """Where a chart is that an index names, maybe relative to the repository. As Helm, the query of
    the repository's URL is kept for what is relative to it.

    Raises InvalidUrl for what is neither http nor https.
    """
    if split(reference).scheme:
        return _web(reference)
    parts = split(normalised(base))
    return _web(urlunsplit(split(urljoin(normalised(base), reference))._replace(query=parts.query)))


def check_dependency(url: str) -> None:
    """Raises InvalidUrl where a dependency cannot come from a place."""
    if url.startswith("@"):
        raise InvalidUrl(f"aliased repository dependency is not supported: {url}")
    if not url.startswith((OCI, *WEB)):
        raise InvalidUrl(f"invalid dependency repository URL: {redact(url)}")


def _web(url: str) -> str:
    if not url.lower().startswith(WEB) or not split(url).hostname:
        raise InvalidUrl(f"{redact(url[:200])!r} is neither an http nor an https URL")
    return url
