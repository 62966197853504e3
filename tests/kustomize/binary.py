"""The real `kustomize build`, run on trees that are written to disk for it."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

LIMIT = 60
"""Seconds that one build may take."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a build came to: YAML, or the words of an error."""

    yaml: bytes | None
    error: str = ""


def written(files: Mapping[str, bytes], folder: Path) -> None:
    """Write a tree to a folder."""
    for path, content in files.items():
        place = folder / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(content)


def answer(binary: Path, folder: Path, arguments: Sequence[str] = ()) -> Answer:
    """Run `kustomize build` in a folder, without network and without a home."""
    ran = subprocess.run(
        [binary, "build", ".", *arguments],
        cwd=folder,
        env={"HOME": str(folder), "PATH": ""},
        capture_output=True,
        timeout=LIMIT,
        check=False,
    )
    if ran.returncode:
        return Answer(None, ran.stderr.decode(errors="replace"))
    return Answer(ran.stdout)
