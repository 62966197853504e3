"""The sample repository, as a real one that can be changed and committed to."""

from __future__ import annotations

import shutil
from importlib import resources
from pathlib import Path

from shared.git.seed import seed

BRANCH = "main"
PATH = "clusters/laptop"


def lay(directory: Path) -> Path:
    """Write the sample into `directory` and commit it, unless a repository is there already. The
    directory of the repository."""
    if not (directory / ".git").exists():
        with resources.as_file(resources.files("cli") / "sample") as sample:
            shutil.copytree(sample, directory, dirs_exist_ok=True)
        seed(directory, branch=BRANCH, message="A shop on this laptop")
    return directory
