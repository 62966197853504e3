"""What the demo asks the cluster for: a repository to follow, and a directory of it to apply."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Self

from shared.manifest.identity import Manifest

NAMESPACE = "flux-system"
NAME = "demo"
LOCAL = "http://localhost/"
"""The URLs of repositories on this disk begin so: a GitRepository's URL cannot be a path."""


@dataclass(frozen=True, slots=True)
class Wish:
    """A repository, one of its branches, and one of its directories. `local`: the repository's
    directory on this disk; None: it is somewhere else."""

    url: str
    branch: str
    path: str
    local: Path | None = None

    @classmethod
    def of(cls, repository: str, path: str, branch: str) -> Self:
        """From what somebody typed: a URL, or a directory."""
        if "://" in repository:
            return cls(repository, branch, path)
        directory = Path(repository).resolve()
        return cls(f"{LOCAL}{directory.name}", branch, path, directory)

    @property
    def shown(self) -> str:
        """The repository, as its owner knows it."""
        return f"{self.local or self.url}, branch {self.branch}, directory {self.path or '.'}"


def wishes(wish: Wish) -> list[Manifest]:
    """The namespace, the GitRepository and the Kustomization, to be applied in this order."""
    source: Manifest = {"kind": "GitRepository", "name": NAME}
    return [
        {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": NAMESPACE}},
        {
            "apiVersion": "source.toolkit.fluxcd.io/v1",
            "kind": "GitRepository",
            "metadata": {"name": NAME, "namespace": NAMESPACE},
            "spec": {
                "interval": "1s" if wish.local else "1m",
                "url": wish.url,
                "ref": {"branch": wish.branch},
            },
        },
        {
            "apiVersion": "kustomize.toolkit.fluxcd.io/v1",
            "kind": "Kustomization",
            "metadata": {"name": NAME, "namespace": NAMESPACE},
            "spec": {
                "interval": "10m",
                "retryInterval": "5s",
                "path": f"./{wish.path}",
                "prune": True,
                "sourceRef": source,
            },
        },
    ]
