"""Symbolic links of a tree: where a path leads when all of them are followed. Pure."""

from __future__ import annotations

from collections.abc import Callable

from shared.problem import Problem

MOST_HOPS = 255
"""Links that one path may lead through, as many as Go allows."""


class LinkError(Problem):
    """A link leads out of the tree, or to itself."""


def followed(path: str, target_of: Callable[[str], str | None]) -> str:
    """The path without links that `path` stands for; whether anything is there is not looked at.

    `target_of` gives the text of the link at a path, None where there is no link; a text that
    begins with `/` starts at the top of the tree. Raises LinkError.
    """
    done: list[str] = []
    ahead = path.split("/")[::-1]
    hops = 0
    while ahead:
        part = ahead.pop()
        if part == ".." and not done:
            raise LinkError(f"'{path}' leads out of the tree")
        if part == "..":
            done.pop()
        if part in ("", ".", ".."):
            continue
        target = target_of("/".join((*done, part)))
        if target is None:
            done.append(part)
            continue
        hops += 1
        if hops > MOST_HOPS:
            raise LinkError(f"'{path}' leads through more than {MOST_HOPS} links")
        done = [] if target.startswith("/") else done
        ahead.extend(target.split("/")[::-1])
    return "/".join(done)
