"""The root of every error that our own libraries raise on purpose.

ArtifactError, GitError, ClusterError, BuildError ... derive from it, one level deep. Whatever is
not a Problem is a bug, and is caught in one place only: `shared/runtime/worker.py`.
"""

from __future__ import annotations


class Problem(Exception):
    """Something outside this process did not do what we asked."""
