"""What `.gitmodules` says: which repository belongs to which path. Pure.

Nothing else of the file counts: no `update`, no `branch`. Its URLs were written by whoever could
commit, so they follow the grammar of all others (reliability-security.md G-05).
"""

from __future__ import annotations

import re
from io import BytesIO

from dulwich.config import ConfigFile, parse_submodules

from shared.git.error import GitError
from shared.git.location import Location, parse

LONGEST = 1024 * 1024

_SCP = re.compile(r"(?P<user>[A-Za-z0-9._-]+)@(?P<host>[A-Za-z0-9.-]+):(?P<path>[^/:].*)")


def declared(text: bytes) -> dict[str, str]:
    """URLs by paths. Raises GitError where the file cannot be read."""
    if len(text) > LONGEST:
        raise GitError(f".gitmodules is larger than {LONGEST} bytes")
    try:
        found = list(parse_submodules(ConfigFile.from_file(BytesIO(text))))
        return {path.decode().strip("/"): url.decode() for path, url, _ in found}
    except (ValueError, KeyError):
        raise GitError(".gitmodules cannot be read") from None


def resolved(base: Location, url: str) -> Location:
    """Where a submodule is: relative to the repository `base` where its URL begins with a dot.
    Git's short form for SSH is understood. Raises InvalidLocation."""
    if short := _SCP.fullmatch(url):
        return parse(f"ssh://{short['user']}@{short['host']}/{short['path']}")
    if not url.startswith(("./", "../")):
        return parse(url)
    steps = base.path.strip("/").split("/")
    for part in url.strip("/").split("/"):
        if part == "..":
            if not steps:
                raise GitError("a URL in .gitmodules leads out of its host")
            steps.pop()
        elif part != ".":
            steps.append(part)
    user = f"{base.username}@" if base.username else ""
    return parse(f"{base.scheme}://{user}{base.netloc}/{'/'.join(steps)}")
