"""A Git repository on this disk, that a journey commits to."""

from __future__ import annotations

import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

WHO = {
    "GIT_AUTHOR_NAME": "Ada",
    "GIT_AUTHOR_EMAIL": "ada@example.org",
    "GIT_COMMITTER_NAME": "Ada",
    "GIT_COMMITTER_EMAIL": "ada@example.org",
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_SYSTEM": os.devnull,
}


@dataclass(frozen=True, slots=True)
class Repository:
    """Its directory. The branch is `main`."""

    directory: Path

    @classmethod
    def made(cls, directory: Path) -> Repository:
        """An empty repository."""
        directory.mkdir(parents=True)
        repository = cls(directory)
        repository._git("init", "--quiet", "--initial-branch=main")
        return repository

    def push(self, files: dict[str, str | None]) -> str:
        """Write files (None: remove it) and commit them; the revision that Flux makes of it."""
        for path, text in files.items():
            place = self.directory / path
            if text is None:
                place.unlink()
            else:
                place.parent.mkdir(parents=True, exist_ok=True)
                place.write_text(text)
        self._git("add", "--all")
        self._git("commit", "--quiet", "--message", f"change {', '.join(files)}")
        return f"main@sha1:{self._git('rev-parse', 'HEAD')}"

    def _git(self, *words: str) -> str:
        done = subprocess.run(
            ["git", *words],
            cwd=self.directory,
            env={**os.environ, **WHO},
            check=True,
            capture_output=True,
            text=True,
        )
        return done.stdout.strip()
