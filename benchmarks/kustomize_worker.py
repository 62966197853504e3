"""`python -m benchmarks.kustomize_worker FOLDER DIRECTORY [CHANGED ...]`: builds, in a process of
its own, prints the YAML to stdout, and says on stderr what it took (seconds, as JSON).

`again` is the shortest of some builds in a row: what a process that lives on pays. With CHANGED
files it builds once more for each, after an edit in it.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from kustomize.build import Build, build
from kustomize.rebuild import rebuild
from shared.manifest.document import dump
from shared.manifest.tree import Tree

AGAIN = 5
SHORT = 0.05
"""Seconds: longer builds are not done again."""
Result = TypeVar("Result")


def main(folder: Path, directory: str, changed: list[str]) -> None:
    """Build, print, build again."""
    took: dict[str, float] = {}
    begun = time.process_time()
    took["read"], files = _timed(lambda: _files(folder))
    took["build"], result = _timed(lambda: build(Tree(files), directory))
    took["dump"], text = _timed(lambda: dump(result.manifests))
    took["cpu"] = time.process_time() - begun
    sys.stdout.buffer.write(text)
    if changed:
        took["cold"] = min(_timed(lambda: build(Tree(files), directory))[0] for _ in range(2))
        took["rebuild"] = min(_rebuilt(result, files, directory, path) for path in changed)
    elif took["build"] < SHORT:
        took["again"] = min(_timed(lambda: build(Tree(files), directory))[0] for _ in range(AGAIN))
    json.dump(took, sys.stderr)


def _files(folder: Path) -> dict[str, bytes]:
    paths = (path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in paths}


def _rebuilt(result: Build, files: dict[str, bytes], directory: str, path: str) -> float:
    """Seconds of a rebuild after a change of one file; what it makes is held against a cold one."""
    changed = Tree({**files, path: files[path].replace(b"8080", b"8081")})
    seconds, made = _timed(lambda: rebuild(result, changed))
    if made.manifests != build(changed, directory).manifests or made.manifests == result.manifests:
        raise AssertionError(f"the rebuild after a change of {path} is not what it should be")
    return seconds


def _timed(work: Callable[[], Result]) -> tuple[float, Result]:
    begun = time.perf_counter()
    result = work()
    return time.perf_counter() - begun, result


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], sys.argv[3:])
