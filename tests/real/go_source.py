"""Modules of others that do not build as they are published, completed on a copy of their source.

What a release process writes before it compiles, such as a file that is to be embedded, is not in
the module that the proxy serves.
"""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from shared.problem import Problem


class SourceError(Problem):
    """A module cannot be had; the message says why."""


@dataclass(frozen=True, slots=True)
class Completion:
    """What is missing in a `module`: text by the path of a file in it."""

    module: str
    files: Mapping[str, str] = field(default_factory=dict)

    def flags(self, go: str, folder: Path, beside: Path) -> list[str]:
        """The flags of `go build` in `folder` with which it compiles a completed copy, which is
        laid in `beside`. Raises SourceError."""
        copy = beside / "source"
        shutil.copytree(self._published(go, folder), copy)
        for path, text in self.files.items():
            place = copy / path
            for directory in (copy, *reversed(place.relative_to(copy).parents)):
                (copy / directory).mkdir(exist_ok=True)
                (copy / directory).chmod(0o755)
            place.write_text(text)
        for name in ("go.mod", "go.sum"):
            shutil.copyfile(folder / name, beside / name)
        replaced = f"-replace={self.module}={copy}"
        subprocess.run([go, "mod", "edit", replaced, str(beside / "go.mod")], check=True)
        return [f"-modfile={beside / 'go.mod'}"]

    def __str__(self) -> str:
        return json.dumps([self.module, dict(self.files)], sort_keys=True)

    def _published(self, go: str, folder: Path) -> Path:
        """Where the module is in Go's own cache; it is downloaded where it is not."""
        command = [go, "mod", "download", "-json", self.module]
        answer = subprocess.run(command, cwd=folder, capture_output=True, text=True)
        if answer.returncode:
            said = (answer.stderr or answer.stdout).strip()
            raise SourceError(f"`go mod download {self.module}` failed: {said}")
        return Path(json.loads(answer.stdout)["Dir"])
