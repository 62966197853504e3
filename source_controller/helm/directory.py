"""A chart that lies in a directory of another source, and what a path leads to there. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from shared.manifest.tree import Tree
from source_controller.helm import ignore_file
from source_controller.helm.archive import BOM, Reader
from source_controller.helm.ignore_file import IgnoreFile


def joined(*parts: str) -> str:
    """A path within a source: `..` never leads out of it, as if its root were that of the disk. The
    root itself is empty."""
    steps: list[str] = []
    for step in "/".join(parts).split("/"):
        if step == ".." and steps:
            steps.pop()
        elif step not in {"", ".", ".."}:
            steps.append(step)
    return "/".join(steps)


def files_of(tree: Tree, directory: str, reader: Reader) -> Mapping[str, bytes]:
    """The files of the chart in a directory, but those that its `.helmignore` leaves out. `reader`
    holds how large they may be.

    Raises ChartProblem.
    """
    prefix = f"{directory}/" if directory else ""
    paths = sorted(path.removeprefix(prefix) for path in tree if path.startswith(prefix))
    rules = IgnoreFile.parse(tree.get(f"{prefix}{ignore_file.FILE}", b""))
    found = {path: tree[f"{prefix}{path}"].removeprefix(BOM) for path in rules.kept(paths)}
    reader.count(found)
    return found
