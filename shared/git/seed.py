"""A directory of files becomes a Git repository with one commit."""

from __future__ import annotations

from pathlib import Path

from dulwich import porcelain
from dulwich.refs import Ref

AUTHOR = b"Penstock <penstock@localhost>"


def seed(directory: Path, *, branch: str, message: str) -> str:
    """Make the directory a repository and commit all that is in it to `branch`; the commit's SHA.
    Blocks on the disk."""
    with porcelain.init(str(directory)) as repository:
        head, tip = Ref(b"HEAD"), Ref(f"refs/heads/{branch}".encode())
        repository.refs.set_symbolic_ref(head, tip)
        porcelain.add(repository)
        commit = porcelain.commit(
            repository, message=message.encode(), author=AUTHOR, committer=AUTHOR, sign=False
        )
    return commit.decode()
