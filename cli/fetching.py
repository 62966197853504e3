"""Fetching for builds that may never need it: what is slow to load is loaded when it is."""

from __future__ import annotations

from pathlib import Path

from kustomize.remote import Fetched, Remotes, Repository


class Fetching:
    """Fetches by `git_remote`, which loads a hundred modules, once a build asks for something."""

    def repository(self, repository: Repository) -> Fetched:
        """The files of a repository. Raises BuildError."""
        return _remotes().repository(repository)

    def file(self, url: str) -> bytes:
        """What is at a URL. Raises BuildError."""
        return _remotes().file(url)


def _remotes() -> Remotes:
    from cli.git_remote import GitRemotes

    return GitRemotes(Path.home())
